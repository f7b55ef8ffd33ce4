import type { Range } from './ranges.ts';

/** Numbers that are on their way in one envelope. */
export interface Flight {
  readonly from: number;
  readonly to: number;
}

/** Envelopes that were sent and are not committed, as far as is known. */
export class Flights {
  #all: readonly Flight[] = [];

  get count(): number {
    return this.#all.length;
  }

  clear(): void {
    this.#all = [];
  }

  add(flight: Flight): void {
    this.#all = [...this.#all, flight];
  }

  /** Awaits those no longer that are committed as a whole. True when there were any. */
  land(committed: readonly Range[]): boolean {
    const before = this.count;
    this.#all = this.#all.filter(({ from, to }) => !committed.some(([start, end]) => start <= from && end >= to));
    return this.count < before;
  }

  carries(seq: number): boolean {
    return this.#all.some(({ from, to }) => from <= seq && to >= seq);
  }
}
