import { calendarDay, QUARTERS } from '../clock/local-time.ts';
import { addSegments, BLOCK_DAYS, type DayCache, type DaySegments, type DaySource, TOTALS } from './day-source.ts';
import { expectedBlock } from './expected-load.ts';
import { hash32, unit } from './hash.ts';
import { RATE_OF_QUARTER, RATES } from './rates.ts';
import { type LoadKind, loadShape } from './shapes.ts';
import { solarMwh } from './solar.ts';

export interface LoadSpec {
  readonly kind: LoadKind;
  /** Mean over the year, Wh a day. */
  readonly meanWhPerDay: number;
  /** Peak power of the customer's own panels, W; 0 = none. */
  readonly pvPeakW: number;
}

const NOTHING = new Float64Array(QUARTERS);

/**
 * What one customer draws from the net and feeds into it. Drawn from the top: the energy of a block of days and a rate
 * first, split over its days, and the energy of a day over its quarter hours. So years can be added up without looking
 * at every quarter hour of them, and every sum is exact. Plain loops: a fleet spends most of its time here.
 */
export class BaseLoad implements DaySource {
  readonly #seed: number;
  readonly #spec: LoadSpec;
  readonly #cache: DayCache;
  readonly #owner: number;
  readonly #netBlocks = new Map<number, Float64Array>();
  #lastDrawn: { readonly block: number; readonly drawn: Float64Array } | undefined;

  constructor(seed: number, spec: LoadSpec, cache: DayCache) {
    this.#seed = seed;
    this.#spec = spec;
    this.#cache = cache;
    this.#owner = cache.newOwner();
  }

  addDays(block: number, count: number, into: Float64Array): void {
    if (this.#spec.pvPeakW > 0) {
      this.#addNetDays(block, count, into);
    } else if (count === BLOCK_DAYS) {
      for (let rate = 0; rate < RATES; rate++) into[rate] = (into[rate] ?? 0) + this.#blockMwh(block, rate);
    } else if (count > 0) {
      const drawn = this.#drawn(block);
      for (let rate = 0; rate < RATES; rate++) into[rate] = (into[rate] ?? 0) + (drawn[count * RATES + rate] ?? 0);
    }
  }

  segments(day: number): DaySegments {
    return this.#cache.get(this.#owner, day, () => this.#net(day));
  }

  /** With panels every quarter hour counts for itself; whole blocks are kept, for it takes long to add them up. */
  #addNetDays(block: number, count: number, into: Float64Array): void {
    let sum = count === BLOCK_DAYS ? this.#netBlocks.get(block) : undefined;
    if (!sum) {
      sum = new Float64Array(TOTALS);
      for (let i = 0; i < count; i++) addSegments(this.#net(block * BLOCK_DAYS + i), sum);
      if (count === BLOCK_DAYS) this.#netBlocks.set(block, sum);
    }
    for (let i = 0; i < TOTALS; i++) into[i] = (into[i] ?? 0) + (sum[i] ?? 0);
  }

  #net(day: number): DaySegments {
    const imports = this.#spread(day);
    if (this.#spec.pvPeakW <= 0) return { imports, exports: NOTHING };
    const exports = solarMwh(this.#seed, this.#spec.pvPeakW, day, calendarDay(day).dayOfYear);
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const net = (imports[quarter] ?? 0) - (exports[quarter] ?? 0);
      imports[quarter] = Math.max(0, net);
      exports[quarter] = Math.max(0, -net);
    }
    return { imports, exports };
  }

  /** Draw of a whole block at one rate before panels, mWh. */
  #blockMwh(block: number, rate: number): number {
    const expected = expectedBlock(this.#spec.kind, block).sums[rate] ?? 0;
    return Math.round(this.#spec.meanWhPerDay * 1000 * expected * (0.94 + 0.12 * unit(this.#seed, block, 5, rate)));
  }

  /** Draw of the first 0, 1, … 32 days of a block before panels, mWh: after `count` days at rate r at 4 count + r. */
  #drawn(block: number): Float64Array {
    if (this.#lastDrawn?.block === block) return this.#lastDrawn.drawn;
    const { days } = expectedBlock(this.#spec.kind, block);
    const drawn = new Float64Array((BLOCK_DAYS + 1) * RATES);
    for (let i = 0; i < BLOCK_DAYS; i++) {
      const daySeed = hash32(this.#seed, block * BLOCK_DAYS + i, 1);
      const noise = 0.8 + 0.4 * unit(daySeed);
      for (let rate = 0; rate < RATES; rate++) {
        const at = i * RATES + rate;
        const weight = (days[at] ?? 0) * noise * (0.92 + 0.16 * unit(daySeed, 2, rate));
        drawn[at + RATES] = (drawn[at] ?? 0) + weight;
      }
    }
    for (let rate = 0; rate < RATES; rate++) {
      const whole = drawn[BLOCK_DAYS * RATES + rate] ?? 1;
      const energy = this.#blockMwh(block, rate);
      for (let at = rate; at < drawn.length; at += RATES) drawn[at] = Math.floor(energy * ((drawn[at] ?? 0) / whole));
    }
    // Panels make every day of a block be looked at; other meters are better off without a table each.
    if (this.#spec.pvPeakW > 0) this.#lastDrawn = { block, drawn };
    return drawn;
  }

  /** Spreads the four rate totals of a day over its quarter hours; the parts add up to the totals exactly. */
  #spread(day: number): Float64Array {
    const { season, weekend } = calendarDay(day);
    const { weights } = loadShape(this.#spec.kind, season, weekend);
    const daySeed = hash32(this.#seed, day, 3);
    const parts = new Float64Array(QUARTERS);
    const whole = new Float64Array(RATES);
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const rate = RATE_OF_QUARTER[quarter] ?? 0;
      const weight = (weights[quarter] ?? 0) * (0.6 + 0.8 * unit(daySeed, quarter));
      parts[quarter] = weight;
      whole[rate] = (whole[rate] ?? 0) + weight;
    }
    const block = Math.floor(day / BLOCK_DAYS);
    const drawn = this.#drawn(block);
    const place = (day - block * BLOCK_DAYS) * RATES;
    const reached = new Float64Array(RATES);
    const given = new Float64Array(RATES);
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const rate = RATE_OF_QUARTER[quarter] ?? 0;
      reached[rate] = (reached[rate] ?? 0) + (parts[quarter] ?? 0);
      const total = (drawn[place + RATES + rate] ?? 0) - (drawn[place + rate] ?? 0);
      // The last share is exactly 1, because both sums were added in the same order.
      const upTo = Math.floor(total * ((reached[rate] ?? 0) / (whole[rate] ?? 1)));
      parts[quarter] = upTo - (given[rate] ?? 0);
      given[rate] = upTo;
    }
    return parts;
  }
}
