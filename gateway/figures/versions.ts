import type { Clock } from '#platform/clock.ts';

/**
 * Versions of kept days. They go on rising when everything is begun anew, also in a new file, because they are never
 * below the clock, UTC ms: who remembers a day from before must not take its chunks for the newer ones.
 */
export class Versions {
  readonly #clock: Pick<Clock, 'now'>;
  #last = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Takes note of a version that is on disk. */
  saw(version: number): void {
    this.#last = Math.max(this.#last, version);
  }

  /** Above all that were given or seen before. */
  next(): number {
    this.#last = Math.max(this.#last + 1, this.#clock.now());
    return this.#last;
  }
}
