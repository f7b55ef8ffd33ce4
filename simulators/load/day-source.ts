import { QUARTERS } from '../clock/local-time.ts';
import { RATE_OF_QUARTER, RATES } from './rates.ts';

/** Slots of a totals array: import of rate 1..4 at 0..3, export of rate 1..4 at 4..7. All energies are integer mWh. */
export const TOTALS = 8;

/** Energy of each quarter hour of one local day, mWh, in the two directions. */
export interface DaySegments {
  readonly imports: Float64Array;
  readonly exports: Float64Array;
}

/** Days whose energy is drawn together, counted from the epoch: years are added up block by block. */
export const BLOCK_DAYS = 32;

/** Where energy comes from. Pure: the same day always gives the same numbers. */
export interface DaySource {
  /** Adds the totals of the first `count` (0..32) days of a block to `into`; cheap for whole blocks. */
  addDays(block: number, count: number, into: Float64Array): void;
  /** Ownership stays with the source: do not change what is returned. The segments of a day add up to its totals. */
  segments(day: number): DaySegments;
}

/** Adds the segments of a day to totals by rate. */
export function addSegments({ imports, exports }: DaySegments, into: Float64Array): void {
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    const rate = RATE_OF_QUARTER[quarter] ?? 0;
    into[rate] = (into[rate] ?? 0) + (imports[quarter] ?? 0);
    into[RATES + rate] = (into[RATES + rate] ?? 0) + (exports[quarter] ?? 0);
  }
}

/** Segments of the days asked for last, of all sources together, so that memory does not grow with the fleet. */
export class DayCache {
  readonly #days = new Map<number, DaySegments>();
  /** Keys in the order in which they came, as a ring: the first key of a large Map is slow to find once many are gone. */
  readonly #ring: Float64Array;
  #next = 0;
  #owners = 0;

  constructor(capacity = 8_192) {
    this.#ring = new Float64Array(capacity);
  }

  /** A key space of its own for one source; a source whose numbers changed takes a new one. */
  newOwner(): number {
    this.#owners += 1;
    return this.#owners;
  }

  get(owner: number, day: number, make: () => DaySegments): DaySegments {
    const key = owner * 65_536 + day;
    let found = this.#days.get(key);
    if (!found) {
      found = make();
      this.#days.delete(this.#ring[this.#next] ?? 0);
      this.#ring[this.#next] = key;
      this.#next = (this.#next + 1) % this.#ring.length;
      this.#days.set(key, found);
    }
    return found;
  }
}
