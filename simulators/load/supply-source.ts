import { QUARTERS } from '../clock/local-time.ts';
import { BLOCK_DAYS, type DayCache, type DaySegments, type DaySource, TOTALS } from './day-source.ts';
import type { EnergyTrack } from './energy-track.ts';
import { RATE_OF_QUARTER, RATES } from './rates.ts';

export interface SupplyPlan {
  /** Technical loss ÷ energy supplied. */
  readonly loss: number;
  /** CT ratio: the meter counts the primary energy ÷ ratio. */
  readonly ratio: number;
  /**
   * Panels of the customers: `small` ones cannot outweigh the load of the area in any quarter hour so long as nothing
   * takes the load away, so whole days may be added up.
   */
  readonly panels: 'none' | 'small' | 'large';
}

/**
 * What passes the transformer of an area: the flow to and from all its customers (what they really drew, whatever
 * their meters make of it) plus the technical loss, on the secondary side of the current transformers. Flows are added
 * as whole mWh from the start of a block on, and only the sums are scaled and rounded: whichever way a day is added up,
 * the result is the same.
 */
export class SupplySource implements DaySource {
  readonly #flows: readonly EnergyTrack[];
  readonly #plan: SupplyPlan;
  readonly #cache: DayCache;
  #owner: number;

  constructor(flows: readonly EnergyTrack[], plan: SupplyPlan, cache: DayCache) {
    this.#flows = flows;
    this.#plan = plan;
    this.#cache = cache;
    this.#owner = cache.newOwner();
  }

  /** A customer's flow changed. */
  forget(): void {
    this.#owner = this.#cache.newOwner();
  }

  addDays(block: number, count: number, into: Float64Array): void {
    const net = this.#netDays(block, count);
    for (let i = 0; i < TOTALS; i++) into[i] = (into[i] ?? 0) + this.#face(i, net[i] ?? 0);
  }

  segments(day: number): DaySegments {
    return this.#cache.get(this.#owner, day, () => {
      const block = Math.floor(day / BLOCK_DAYS);
      const reached = this.#netDays(block, day - block * BLOCK_DAYS);
      const net = this.#netSegments(day);
      const imports = new Float64Array(QUARTERS);
      const exports = new Float64Array(QUARTERS);
      for (let quarter = 0; quarter < QUARTERS; quarter++) {
        const energy = net[quarter] ?? 0;
        const slot = (RATE_OF_QUARTER[quarter] ?? 0) + (energy < 0 ? RATES : 0);
        const before = reached[slot] ?? 0;
        reached[slot] = before + Math.abs(energy);
        const part = this.#face(slot, reached[slot] ?? 0) - this.#face(slot, before);
        if (energy < 0) exports[quarter] = part;
        else imports[quarter] = part;
      }
      return { imports, exports };
    });
  }

  /** Primary mWh of one direction and rate as the meter counts them. Loss is carried by what comes in. */
  #face(slot: number, netMwh: number): number {
    const { loss, ratio } = this.#plan;
    return Math.floor(netMwh / (slot < RATES ? (1 - loss) * ratio : ratio));
  }

  /** Net energy of the first days of a block by direction and rate, before loss and ratio. */
  #netDays(block: number, count: number): Float64Array {
    const sum = new Float64Array(TOTALS);
    if (count === 0) return sum;
    if (this.#isOneWay(block, count)) {
      for (const flow of this.#flows) flow.addDays(block, count, sum);
      for (let rate = 0; rate < RATES; rate++) {
        sum[rate] = (sum[rate] ?? 0) - (sum[RATES + rate] ?? 0);
        sum[RATES + rate] = 0;
      }
      return sum;
    }
    for (let i = 0; i < count; i++) {
      this.#netSegments(block * BLOCK_DAYS + i).forEach((energy, quarter) => {
        const slot = (RATE_OF_QUARTER[quarter] ?? 0) + (energy < 0 ? RATES : 0);
        sum[slot] = (sum[slot] ?? 0) + Math.abs(energy);
      });
    }
    return sum;
  }

  /** True when no quarter hour of these days can have energy going out. */
  #isOneWay(block: number, count: number): boolean {
    const { panels } = this.#plan;
    if (panels !== 'small') return panels === 'none';
    const first = block * BLOCK_DAYS;
    return this.#flows.every((flow) => flow.isPlain(first, first + count));
  }

  #netSegments(day: number): Float64Array {
    const net = new Float64Array(QUARTERS);
    for (const flow of this.#flows) {
      const { imports, exports } = flow.segments(day);
      for (let q = 0; q < QUARTERS; q++) net[q] = (net[q] ?? 0) + (imports[q] ?? 0) - (exports[q] ?? 0);
    }
    return net;
  }
}
