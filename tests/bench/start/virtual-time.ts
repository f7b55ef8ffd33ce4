import type { SimClock } from '../../../simulators/clock/sim-clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time in which nothing takes any but what is waited for: it jumps from one timer to the next. */
export class VirtualTime implements SimClock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Runs the next timer, or jumps to `until` when none is due before it; false then. */
  step(until: number): boolean {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (next === null || timer.at < next.at) next = timer;
    if (next === null || next.at >= until) {
      this.#now = until;
      return false;
    }
    this.#timers.delete(next);
    this.#now = next.at;
    next.run();
    return true;
  }
}
