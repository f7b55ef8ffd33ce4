import { ReadError } from '../../lines/read-error.ts';

/** What a DAR says, and what follows: the meter has no such thing, it may have it later, it will not give it. */
type Row = readonly [code: number, follows: 'lacks' | 'later' | 'refuses', zh: string, en: string];

/** Result of a data access (DL/T 698.45, DAR). */
const ROWS: readonly Row[] = [
  [0, 'refuses', '成功', 'success'],
  [1, 'refuses', '硬件失效', 'hardware fault'],
  [2, 'later', '暂时失效', 'temporary failure'],
  [3, 'refuses', '拒绝读写', 'access refused'],
  [4, 'lacks', '对象未定义', 'object undefined'],
  [5, 'lacks', '对象接口类不符合', 'object class mismatch'],
  [6, 'lacks', '对象不存在', 'no such object'],
  [7, 'lacks', '类型不匹配', 'type mismatch'],
  [8, 'refuses', '越界', 'out of range'],
  [9, 'later', '数据块不可用', 'data block unavailable'],
  [20, 'refuses', '安全认证不匹配', 'security mismatch'],
  [32, 'refuses', '时间标签无效', 'time tag invalid'],
  [33, 'later', '请求超时', 'request timed out'],
  [255, 'later', '其它', 'other'],
];

const BY_CODE = new Map(ROWS.map((row) => [row[0], row]));

export const OUT_OF_RANGE = 8;

/** `6 对象不存在 no such object`. */
export function darText(code: number): string {
  const row = BY_CODE.get(code);
  return row ? `${code} ${row[2]} ${row[3]}` : `${code} unknown`;
}

/**
 * A meter answered with a DAR. `not_supported` when it lacks what was asked for, which another attempt does not mend;
 * else `device_error`, with `retry` when it may have it later.
 */
export class DarError extends ReadError {
  readonly dar: number;

  constructor(dar: number, what: string, lastBytes?: Uint8Array) {
    const follows = BY_CODE.get(dar)?.[1] ?? 'refuses';
    super(follows === 'lacks' ? 'not_supported' : 'device_error', `DAR ${dar} for ${what}`, {
      next: follows === 'later' ? 'retry' : 'skip',
      ...(lastBytes && { lastBytes }),
    });
    this.name = 'DarError';
    this.dar = dar;
  }
}
