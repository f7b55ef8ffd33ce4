import type { DaySource } from '../load/day-source.ts';
import { EnergyTrack } from '../load/energy-track.ts';
import { FactorLine } from '../load/factor-line.ts';
import { hash32, unit } from '../load/hash.ts';
import { RATES } from '../load/rates.ts';
import type { Condition } from './condition.ts';
import type { CountedEnergies } from './registers.ts';

/** Share of the register at the epoch that each rate has. */
const BASE_SHARES = [0.08, 0.32, 0.36] as const;
/** Combined reactive energy keeps its top bit for the sign: it counts to 800,000 kvarh. */
const REACTIVE_END = 800_000_000_000;

const sum = (values: Float64Array | readonly number[]): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** The energy registers of one meter: what they stood at on the epoch plus what was counted since. */
export class Counter {
  readonly #seed: number;
  readonly #endMwh: number;
  readonly #tangent: number;
  readonly #counted: EnergyTrack;
  /** What passes the service; the supply meter of the area adds these up. */
  readonly flow: EnergyTrack;
  #rolloverAt: number | null = null;
  #base: readonly number[] | undefined;

  constructor(options: { seed: number; rolloverWh: number; tangent: number; source: DaySource }) {
    this.#seed = hash32(options.seed, 41);
    this.#endMwh = options.rolloverWh * 1000;
    this.#tangent = options.tangent;
    this.#counted = new EnergyTrack(options.source, new FactorLine([]));
    this.flow = new EnergyTrack(options.source, new FactorLine([]));
  }

  /** Takes the factors of a new condition, which is the old one up to `fromS`. */
  change(condition: Condition, fromS: number): void {
    this.#counted.change(condition.counted, fromS);
    this.flow.change(condition.ownFlow, fromS);
    this.#rolloverAt = condition.rolloverAt;
    this.#base = undefined;
  }

  /** Mean power of the running quarter hour with nothing wrong, W. */
  plainPowerW(second: number): number {
    return this.flow.plainPowerW(second);
  }

  at(second: number): CountedEnergies {
    const base = this.#bases();
    const counted = this.#counted.at(second);
    const rates = Array.from({ length: RATES }, (_, rate) => (base[rate] ?? 0) + (counted[rate] ?? 0));
    const exports = Array.from(counted.subarray(RATES));
    const total = sum(rates);
    return {
      importMwh: modulo(total, this.#endMwh),
      ratesMwh: rates.map((energy) => modulo(energy, this.#endMwh)),
      exportMwh: modulo(sum(exports), this.#endMwh),
      exportRatesMwh: exports.map((energy) => modulo(energy, this.#endMwh)),
      reactiveMvarh: this.#reactive(total),
      reactiveRatesMvarh: rates.map((energy) => this.#reactive(energy)),
    };
  }

  #reactive(importMwh: number): number {
    return modulo(Math.floor(importMwh * this.#tangent), REACTIVE_END);
  }

  /** Import registers of the four rates at the epoch, mWh. */
  #bases(): readonly number[] {
    if (!this.#base) {
      const total =
        this.#rolloverAt === null
          ? Math.floor(unit(this.#seed) * 9_000_000)
          : modulo(-sum(this.#counted.at(Math.floor(this.#rolloverAt / 1000)).subarray(0, RATES)), this.#endMwh);
      const parts = BASE_SHARES.map((share) => Math.floor(total * share));
      this.#base = [...parts, total - sum(parts)];
    }
    return this.#base;
  }
}

function modulo(value: number, end: number): number {
  return ((value % end) + end) % end;
}
