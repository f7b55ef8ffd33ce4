import type { Reason } from '#contract/reasons.ts';
import type { LineStatus } from '#contract/status.ts';

/** What a line's bus counts. */
export interface BusCounts {
  readonly requests: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly damaged: number;
  readonly strays: number;
}

/** State of one line, as it is told to the centre. */
export class LineHealth {
  readonly id: string;
  readonly #counts: () => BusCounts;
  #state: LineStatus['state'] = 'idle';
  #reason: Reason | null = null;
  #detail = '';
  #lastGoodAt: number | null = null;

  constructor(id: string, counts: () => BusCounts) {
    this.id = id;
    this.#counts = counts;
  }

  /** Replies on the line, whatever they said. */
  get replies(): number {
    return this.#counts().replies;
  }

  up(): void {
    this.#state = 'up';
    this.#reason = null;
    this.#detail = '';
  }

  down(reason: Reason, detail: string): void {
    this.#state = 'down';
    this.#reason = reason;
    this.#detail = detail.slice(0, 300);
  }

  good(at: number): void {
    this.#lastGoodAt = at;
  }

  status(agenda: { waiting: number; breakersOpen: number }): LineStatus {
    const { requests, replies, timeouts, damaged, strays } = this.#counts();
    return {
      id: this.id,
      state: this.#state,
      reason: this.#reason,
      detail: this.#detail,
      lastGoodAt: this.#lastGoodAt,
      requests,
      replies,
      timeouts,
      damaged,
      strays,
      ...agenda,
    };
  }
}
