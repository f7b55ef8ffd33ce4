import type { Clock } from '#platform/clock.ts';

/** A value that is dear to work out: kept for `ms`, and worked out once for all who ask meanwhile. Errors are not kept. */
export class Kept<T> {
  readonly #ms: number;
  readonly #clock: Clock;
  readonly #make: () => Promise<T>;
  #value: { readonly promise: Promise<T>; until: number } | null = null;

  constructor(ms: number, clock: Clock, make: () => Promise<T>) {
    this.#ms = ms;
    this.#clock = clock;
    this.#make = make;
  }

  get(): Promise<T> {
    if (this.#value && this.#clock.mono() < this.#value.until) return this.#value.promise;
    const value = { promise: this.#make(), until: Number.POSITIVE_INFINITY };
    this.#value = value;
    value.promise.then(
      () => {
        value.until = this.#clock.mono() + this.#ms;
      },
      () => {
        if (this.#value === value) this.#value = null;
      },
    );
    return value.promise;
  }
}
