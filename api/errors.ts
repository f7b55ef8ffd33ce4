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
  bad_value: { status: 400, en: 'The meter can show no such value', zh: '电能表不可能显示此数值' },
  range_too_long: { status: 400, en: 'The range is longer than is answered at once', zh: '查询区间过长' },
  unauthorized: { status: 401, en: 'A valid API key is needed', zh: '需要有效的 API 密钥' },
  not_found: { status: 404, en: 'There is no such resource', zh: '资源不存在' },
  unknown_meter: { status: 404, en: 'No meter has this id or number', zh: '没有此电能表' },
  unknown_account: { status: 404, en: 'No account has this number', zh: '没有此户号' },
  unknown_task: { status: 404, en: 'No collection task has this id', zh: '没有此采集任务' },
  unknown_district: { status: 404, en: 'No district has this id', zh: '没有此供电所' },
  unknown_outage: { status: 404, en: 'No outage has this id', zh: '没有此停电事件' },
  unknown_anomaly: { status: 404, en: 'No anomaly has this id', zh: '没有此异常' },
  unknown_collector: { status: 404, en: 'No collector has this id', zh: '没有此采集进程' },
  unknown_line: { status: 404, en: 'No line has this id', zh: '没有此通信链路' },
  unknown_scope: { status: 404, en: 'The scope names nothing that is there', zh: '范围不存在' },
  unknown_area: { status: 404, en: 'No area has this id', zh: '没有此台区' },
  unknown_feeder: { status: 404, en: 'No feeder has this id', zh: '没有此线路' },
  unknown_case: { status: 404, en: 'No failure case has this id', zh: '没有此失败事项' },
  unknown_exclusion: { status: 404, en: 'No exclusion has this id', zh: '没有此剔除登记' },
  unknown_batch: { status: 404, en: 'No billing batch has this id', zh: '没有此结算批次' },
  unknown_slot: { status: 404, en: 'The task has no such slot for this meter', zh: '该表计无此时点' },
  unknown_webhook: { status: 404, en: 'No webhook has this id', zh: '没有此推送订阅' },
  unknown_delivery: { status: 404, en: 'The webhook has no such failed delivery', zh: '没有此推送失败记录' },
  unknown_job: { status: 404, en: 'No job has this id', zh: '没有此召测任务' },
  unknown_probe: { status: 404, en: 'No probe of a supply has this id', zh: '没有此供电核查' },
  unknown_planned_outage: { status: 404, en: 'No planned outage has this id', zh: '没有此计划停电' },
  unknown_arrears_order: { status: 404, en: 'No arrears order has this id', zh: '没有此欠费停电单' },
  method_not_allowed: { status: 405, en: 'The path does not take this method', zh: '不支持此请求方法' },
  not_acceptable: { status: 406, en: 'None of the accepted formats can be given', zh: '不支持所要求的格式' },
  idempotency_conflict: {
    status: 409,
    en: 'The Idempotency-Key was used for another request',
    zh: 'Idempotency-Key 已用于另一个请求',
  },
  stale_seq: {
    status: 409,
    en: 'A newer state with the same or a greater seq is stored',
    zh: '已有相同或更新序号（seq）的内容',
  },
  nothing_to_undo: { status: 409, en: 'Nobody has overridden this reading', zh: '该示值没有人工修正可撤销' },
  not_kept: { status: 409, en: 'The figures of this day are not kept', zh: '该日指标未保存' },
  batch_not_ready: { status: 409, en: 'The batch is still being made', zh: '批次尚未生成完毕' },
  batch_closed: {
    status: 409,
    en: 'The reading is part of an acknowledged batch; only a correction can change it',
    zh: '该示值已结算确认，只能以更正方式修改',
  },
  hash_mismatch: {
    status: 409,
    en: 'Rows or SHA-256 are not those of the batch; fetch it again',
    zh: '行数或 SHA-256 与批次不符，请重新下载',
  },
  precondition_failed: {
    status: 412,
    en: 'Somebody changed it meanwhile; read it again',
    zh: '数据已被他人修改，请重新读取',
  },
  precondition_required: { status: 428, en: 'Send If-Match with the ETag that you read', zh: '请携带 If-Match' },
  bad_webhook: { status: 400, en: 'Webhooks cannot go to this address', zh: '不允许推送到此地址' },
  too_many_webhooks: { status: 409, en: 'There are as many webhooks as there may be', zh: '推送订阅数已达上限' },
  too_many_streams: {
    status: 429,
    en: 'The key has as many streams open as it may; end one first',
    zh: '该密钥打开的事件流已达上限，请先关闭一个',
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
