import type { MeterModel } from '#contract/models.ts';
import { type QuantityName, RATE_IMPORTS } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { momentOf } from '../moment.ts';
import { gaugeLimits } from './gauges.ts';
import { type Baseline, registerRules } from './register.ts';
import { NO_RULES } from './rules.ts';
import { isLate, isOtherFreeze, type Validated } from './validate-reading.ts';

/** A reading by the places of its batch's quantities. Instants in UTC ms, values in the quantity's unit. */
export interface PlacedReading {
  readonly slot: number;
  readonly readAt: number;
  readonly meterTime?: number | null;
  readonly values: readonly (number | null)[];
}

/**
 * What `validateReading` says about a reading that breaks no rule, worked out once for all readings of one model with
 * the same quantities: almost every reading is one, and for it nothing but places and limits has to be looked at.
 */
export class QuickLook {
  readonly #model: MeterModel;
  readonly #task: Pick<Task, 'kind'>;
  readonly #zone: string;
  readonly #importPlace: number;
  readonly #hasRates: boolean;
  /** Places that have limits, with the least and the most that no rule speaks about. */
  readonly #places: readonly number[];
  readonly #least: readonly number[];
  readonly #most: readonly number[];

  constructor(model: MeterModel, task: Pick<Task, 'kind'>, zone: string, quantities: readonly QuantityName[]) {
    this.#model = model;
    this.#task = task;
    this.#zone = zone;
    this.#importPlace = quantities.indexOf('energy_import_wh');
    this.#hasRates = RATE_IMPORTS.every((name) => quantities.includes(name));
    const limited = quantities.flatMap((name, place) => {
      const limits = gaugeLimits(model, name);
      return limits ? [{ place, ...limits }] : [];
    });
    this.#places = limited.map(({ place }) => place);
    this.#least = limited.map(({ least }) => least);
    this.#most = limited.map(({ most }) => most);
  }

  /** Exactly what `validateReading` gives, or null when a rule may have something to say: then ask that. */
  validate(reading: PlacedReading, baseline: Baseline | null): Validated | null {
    const { slot, readAt, values } = reading;
    if (this.#hasRates || !this.#isWithinLimits(values)) return null;
    if (isOtherFreeze(this.#model, this.#task, reading)) return null;
    const late = isLate(this.#zone, slot, readAt);
    const importWh = this.#importPlace === -1 ? null : values[this.#importPlace];
    if (typeof importWh !== 'number') return late ? LATE : VALID;
    const at = momentOf(this.#model, this.#task, reading);
    if (registerRules(this.#model, at, importWh, baseline).length > 0) return null;
    if (baseline !== null && at <= baseline.slot) return late ? LATE : VALID;
    return { quality: late ? 'late' : 'valid', rules: NO_RULES, baseline: { slot: at, importWh } };
  }

  #isWithinLimits(values: readonly (number | null)[]): boolean {
    for (let i = 0; i < this.#places.length; i++) {
      const value = values[this.#places[i] ?? 0] ?? null;
      if (value !== null && !(value >= (this.#least[i] ?? 0) && value <= (this.#most[i] ?? 0))) return false;
    }
    return true;
  }
}

const VALID: Validated = { quality: 'valid', rules: NO_RULES, baseline: null };
const LATE: Validated = { quality: 'late', rules: NO_RULES, baseline: null };
