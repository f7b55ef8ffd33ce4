import type { Reason } from '#contract/reasons.ts';

/** Failed reads in a row after which an address that has answered before is left alone. */
const OPENS_AFTER = 2;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 900_000;

/**
 * `closed`: read as usual. `open`: leave alone until `probeAt`. `probe`: the wait is over, one cheap request decides.
 */
export type BreakerState = 'closed' | 'open' | 'probe';

/** Failures that say the address is not there. A meter that answers with an error is there. */
const SILENT: ReadonlySet<Reason> = new Set<Reason>(['no_answer', 'crc_error', 'malformed', 'wrong_address']);

/**
 * One address that keeps failing costs its line one cheap probe per wait, and the wait doubles: a dead meter takes
 * next to nothing from the others. An address that never answered is left alone after its first failure. Times are
 * monotonic ms.
 */
export class Breaker {
  #failures = 0;
  #known = false;
  #waitMs = 0;
  #probeAt = 0;
  #cause: Reason | null = null;

  state(mono: number): BreakerState {
    if (this.#waitMs === 0) return 'closed';
    return mono >= this.#probeAt ? 'probe' : 'open';
  }

  /** True when the last read went well: a lost request is then worth repeating. */
  get trusted(): boolean {
    return this.#known && this.#failures === 0;
  }

  /** Why it opened, or null while closed. */
  get cause(): Reason | null {
    return this.#waitMs === 0 ? null : this.#cause;
  }

  get probeAt(): number {
    return this.#probeAt;
  }

  /** The address answered. Returns true when it had been given up. */
  answered(): boolean {
    const wasOpen = this.#waitMs > 0;
    this.#known = true;
    this.#failures = 0;
    this.#waitMs = 0;
    this.#cause = null;
    return wasOpen;
  }

  failed(reason: Reason, mono: number): void {
    if (!SILENT.has(reason)) {
      this.answered();
      return;
    }
    this.#failures++;
    this.#cause ??= reason;
    if (this.#failures < (this.#known ? OPENS_AFTER : 1)) return;
    this.#waitMs = this.#waitMs === 0 ? FIRST_WAIT_MS : Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    this.#probeAt = mono + this.#waitMs;
  }
}
