import type { LineTiming } from '#contract/plan.ts';

/**
 * How long a line must still be silent before it may carry the next request. Times are monotonic ms, given by the
 * caller.
 */
export class LineSilence {
  readonly #pauseMs: number;
  readonly #quietMs: number;
  #heardAt = Number.NEGATIVE_INFINITY;
  #spokenUntil = Number.NEGATIVE_INFINITY;
  #disturbedAt = Number.NEGATIVE_INFINITY;

  constructor(timing: Pick<LineTiming, 'pauseMs' | 'quietMs'>) {
    this.#pauseMs = timing.pauseMs;
    this.#quietMs = timing.quietMs;
  }

  /** Bytes came in. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** A request has gone out and is on the wire until `until`; the line counts as undisturbed again. */
  spoken(until: number): void {
    this.#spokenUntil = until;
    this.#disturbedAt = Number.NEGATIVE_INFINITY;
  }

  /** An exchange ended without its reply: a late one, or the rest of a damaged one, may still be on its way. */
  disturbed(now: number): void {
    this.#disturbedAt = now;
  }

  /** Milliseconds still to wait at `now`; 0 when the line is free. */
  wait(now: number): number {
    const pause = Math.max(this.#heardAt, this.#spokenUntil) + this.#pauseMs - now;
    if (this.#disturbedAt === Number.NEGATIVE_INFINITY) return Math.max(0, pause);
    const quiet = Math.max(this.#heardAt, this.#disturbedAt) + this.#quietMs - now;
    return Math.max(0, pause, quiet);
  }
}
