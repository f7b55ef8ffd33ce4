/**
 * Every problem the API can answer with: RFC 9457 `application/problem+json`. The code is stable; title and advice
 * are for people, in the language of Accept-Language.
 */
interface ProblemKind {
  readonly status: number;
  readonly en: string;
  readonly zh: string;
}

export const PROBLEMS = {
  bad_request: { status: 400, en: 'The request cannot be understood', zh: '请求参数有误' },
  bad_date: { status: 400, en: 'A date is not a calendar date', zh: '日期无效' },
  bad_range: { status: 400, en: 'The time range cannot be used', zh: '时间范围无效' },
  bad_cursor: {
    status: 400,
    en: 'The cursor is not from this server; start again without it',
    zh: '游标无效，请从第一页重新查询',
  },
  unauthorized: { status: 401, en: 'A valid API key is needed', zh: '需要有效的 API 密钥' },
  not_found: { status: 404, en: 'There is no such resource', zh: '资源不存在' },
  unknown_meter: { status: 404, en: 'No meter has this id or number', zh: '没有此电能表' },
  unknown_account: { status: 404, en: 'No account has this number', zh: '没有此户号' },
  unknown_task: { status: 404, en: 'No collection task has this id', zh: '没有此采集任务' },
  unknown_district: { status: 404, en: 'No district has this id', zh: '没有此供电所' },
  unknown_outage: { status: 404, en: 'No outage has this id', zh: '没有此停电事件' },
  unknown_collector: { status: 404, en: 'No collector has this id', zh: '没有此采集进程' },
  unknown_line: { status: 404, en: 'No line has this id', zh: '没有此通信链路' },
  unknown_job: { status: 404, en: 'No job has this id', zh: '没有此召测任务' },
  method_not_allowed: { status: 405, en: 'The path does not take this method', zh: '不支持此请求方法' },
  not_acceptable: { status: 406, en: 'None of the accepted formats can be given', zh: '不支持所要求的格式' },
  idempotency_conflict: {
    status: 409,
    en: 'The Idempotency-Key was used for another request',
    zh: 'Idempotency-Key 已用于另一个请求',
  },
  too_many_reads: {
    status: 429,
    en: 'Too many reads on demand are waiting; ask again in a while',
    zh: '等待中的召测过多，请稍后再试',
  },
  too_many_requests: {
    status: 429,
    en: 'Too many requests; wait as long as Retry-After says',
    zh: '请求过于频繁，请按 Retry-After 等待',
  },
  internal: { status: 500, en: 'The server failed; quote the requestId', zh: '服务器内部错误，请提供 requestId' },
  not_ready: { status: 503, en: 'The stores are not ready yet; try again in a moment', zh: '数据尚未就绪，请稍后再试' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** JSON pointer into the query or body, such as `/date`. */
  readonly pointer: string;
  readonly detail: string;
}

/** A problem on purpose: everything else that is thrown becomes `internal`. */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly fields: readonly FieldError[];

  constructor(code: ProblemCode, detail: string, fields: readonly FieldError[] = []) {
    super(detail);
    this.name = 'ApiProblem';
    this.code = code;
    this.fields = fields;
  }
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
}

export function problemBody(problem: ApiProblem, requestId: string, acceptLanguage: string | undefined): ProblemBody {
  const kind = PROBLEMS[problem.code];
  const zh = /^\s*zh/i.test(acceptLanguage ?? '');
  return {
    type: `/problems/${problem.code}`,
    title: zh ? kind.zh : kind.en,
    status: kind.status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(problem.fields.length > 0 ? { errors: problem.fields } : {}),
  };
}
