import type { Cancel, Clock } from '#platform/clock.ts';

interface Timer {
  readonly name: string;
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that moves only when told to. Wall and monotonic time advance together; `jump` moves wall time alone, as a
 * corrected system clock would.
 */
export class ManualClock implements Clock {
  #wall: number;
  #mono = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(wall: number) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  mono(): number {
    return this.#mono;
  }

  after(name: string, ms: number, run: () => void): Cancel {
    const timer: Timer = { name, at: this.#mono + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  sleep(name: string, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.after(name, ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }

  /** Names of the timers that are waiting. */
  get waiting(): string[] {
    return [...this.#timers].map((timer) => timer.name);
  }

  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Advances, running timers in order and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const end = this.#mono + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order);
      if (!next || next.at > end) break;
      this.#timers.delete(next);
      this.#wall += next.at - this.#mono;
      this.#mono = next.at;
      next.run();
    }
    this.#wall += end - this.#mono;
    this.#mono = end;
    await settle();
  }
}

/** Lets promise continuations and I/O callbacks run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
