import type { ReplyTimes as ReplyTimesShape } from '#contract/status.ts';

/** Bounds of the classes grow by this factor: a percentile is right within a tenth. */
const GROWTH = 1.2;
/** The last class begins at 1.2^63 ms = 97 s, and no line waits much longer for a reply. */
const CLASSES = 64;
const LOG_GROWTH = Math.log(GROWTH);

/**
 * How long meters take to begin their replies, counted in classes of growing width. The newest count most: when a
 * class is full, all are halved.
 */
export class ReplyTimes {
  readonly #counts = new Uint16Array(CLASSES);
  #total = 0;

  /** `ms`: from the end of the request on the wire to the first byte of its reply. */
  add(ms: number): void {
    const index = ms <= 1 ? 0 : Math.min(CLASSES - 1, Math.ceil(Math.log(ms) / LOG_GROWTH));
    const count = (this.#counts[index] ?? 0) + 1;
    this.#counts[index] = count;
    this.#total++;
    if (count === 0xffff) this.#halve();
  }

  /** Upper bounds of the class that holds each percentile, ms; null while there is no reply. */
  get percentiles(): ReplyTimesShape | null {
    if (this.#total === 0) return null;
    return { p50: this.#percentile(0.5), p90: this.#percentile(0.9), p99: this.#percentile(0.99) };
  }

  #percentile(part: number): number {
    const wanted = Math.ceil(part * this.#total);
    let seen = 0;
    for (let i = 0; i < CLASSES; i++) {
      seen += this.#counts[i] ?? 0;
      if (seen >= wanted) return Math.round(GROWTH ** i * 10) / 10;
    }
    return Math.round(GROWTH ** (CLASSES - 1));
  }

  #halve(): void {
    this.#total = 0;
    for (let i = 0; i < CLASSES; i++) {
      const half = (this.#counts[i] ?? 0) >> 1;
      this.#counts[i] = half;
      this.#total += half;
    }
  }
}
