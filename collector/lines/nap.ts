import type { Clock } from '#platform/clock.ts';

/** The pause of a line that has nothing to do: it ends by the clock, by the signal, or because somebody wakes it. */
export class Nap {
  readonly #clock: Clock;
  readonly #name: string;
  #wake: () => void = () => {};

  constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
  }

  wake(): void {
    this.#wake();
  }

  take(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const cancel = this.#clock.after(this.#name, ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
