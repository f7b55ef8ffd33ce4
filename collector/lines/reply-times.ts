import type { ReplyTimes as ReplyTimesShape } from '#contract/status.ts';

/** Bounds of the classes grow by this factor: a percentile is right within a tenth. */
const GROWTH = 1.2;
/** The last class begins at 1.2^63 ms = 97 s, and no line waits much longer for a reply. */
export const CLASSES = 64;
const LOG_GROWTH = Math.log(GROWTH);

/**
 * How long meters take to begin their replies, counted in classes of growing width. The newest count most: when a
 * class is full, all are halved.
 */
export class ReplyTimes {
  readonly #counts: () => Uint16Array;
  readonly #at: number;

  /** `counts` may be shared: the classes begin at `at`. A line has hundreds of these. */
  constructor(counts: () => Uint16Array, at = 0) {
    this.#counts = counts;
    this.#at = at;
  }

  static alone(): ReplyTimes {
    const counts = new Uint16Array(CLASSES);
    return new ReplyTimes(() => counts);
  }

  /** `ms`: from the end of the request on the wire to the first byte of its reply. */
  add(ms: number): void {
    const counts = this.#counts();
    const index = this.#at + (ms <= 1 ? 0 : Math.min(CLASSES - 1, Math.ceil(Math.log(ms) / LOG_GROWTH)));
    const count = (counts[index] ?? 0) + 1;
    counts[index] = count;
    if (count === 0xffff) for (let i = this.#at; i < this.#at + CLASSES; i++) counts[i] = (counts[i] ?? 0) >> 1;
  }

  /** Upper bounds of the class that holds each percentile, ms; null while there is no reply. */
  get percentiles(): ReplyTimesShape | null {
    const counts = this.#counts().subarray(this.#at, this.#at + CLASSES);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return null;
    return { p50: bound(counts, 0.5 * total), p90: bound(counts, 0.9 * total), p99: bound(counts, 0.99 * total) };
  }
}

/** Upper bound of the class in which the `wanted`-th reply lies, ms. */
function bound(counts: Uint16Array, wanted: number): number {
  let seen = 0;
  for (const [i, count] of counts.entries()) {
    seen += count;
    if (seen >= Math.ceil(wanted)) return Math.round(GROWTH ** i * 10) / 10;
  }
  return Math.round(GROWTH ** (CLASSES - 1));
}
