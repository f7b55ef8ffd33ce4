import type { Clock } from '#platform/clock.ts';

const MINUTE_MS = 60_000;

/**
 * Requests that may be sent to a webhook: half of those of a minute at once, the other half in the course of it, so
 * that no minute has more than `perMinute`, at least 2.
 */
export class Pace {
  readonly #clock: Clock;
  #perMinute: number;
  #left: number;
  #at: number;

  constructor(perMinute: number, clock: Clock) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#left = this.#most;
    this.#at = clock.mono();
  }

  /** Takes over a changed rate; what was saved up stays, as far as the new rate allows. */
  set perMinute(value: number) {
    if (value === this.#perMinute) return;
    this.#refill();
    this.#perMinute = value;
    this.#left = Math.min(this.#left, this.#most);
  }

  /** Whole requests that may be sent now. */
  get left(): number {
    this.#refill();
    return Math.floor(this.#left);
  }

  take(): void {
    this.#refill();
    this.#left = Math.max(0, this.#left - 1);
  }

  get #most(): number {
    return Math.floor(this.#perMinute / 2);
  }

  #refill(): void {
    const now = this.#clock.mono();
    const each = MINUTE_MS / (this.#perMinute - this.#most);
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) / each);
    this.#at = now;
  }
}
