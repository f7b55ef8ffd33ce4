const MINUTE_MS = 60_000;
/** The use of a line is told for this many minutes past. */
const MINUTES = 5;

/** How much of its time a line has spent in exchanges. Times are monotonic ms. */
export class LineUse {
  readonly #startedAt: number;
  /** Busy time by minute, newest last; `#minute` is the number of the newest. */
  readonly #busy = new Float64Array(MINUTES + 1);
  #minute: number;

  constructor(mono: number) {
    this.#startedAt = mono;
    this.#minute = Math.floor(mono / MINUTE_MS);
  }

  /** An exchange went from `from` to `to`. */
  busy(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS);
      this.#moveTo(Math.floor(at / MINUTE_MS));
      const index = MINUTES - (this.#minute - Math.floor(at / MINUTE_MS));
      if (index >= 0) this.#busy[index] = (this.#busy[index] ?? 0) + end - at;
      at = end;
    }
  }

  /** Per cent of the last five full minutes and the present one, or of the time since the start. */
  percent(mono: number): number {
    this.#moveTo(Math.floor(mono / MINUTE_MS));
    const since = Math.max(this.#startedAt, (this.#minute - MINUTES) * MINUTE_MS);
    if (mono <= since) return 0;
    const busy = this.#busy.reduce((sum, ms) => sum + ms, 0);
    return Math.min(100, Math.round((1000 * busy) / (mono - since)) / 10);
  }

  #moveTo(minute: number): void {
    const steps = minute - this.#minute;
    if (steps <= 0) return;
    this.#busy.copyWithin(0, Math.min(steps, MINUTES + 1));
    this.#busy.fill(0, Math.max(0, MINUTES + 1 - steps));
    this.#minute = minute;
  }
}
