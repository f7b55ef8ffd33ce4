import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { RATE_IMPORTS } from '#contract/quantities.ts';
import { RATING_MARGIN } from './register.ts';
import type { RuleId } from './rules.ts';

/** Values of one reading in the quantity's unit; null or absent = the meter has none. */
export type Values = Readonly<Partial<Record<QuantityName, number | null>>>;

/** A lost neutral puts up to √3 × the phase voltage on a phase; above 1.9 × it is no voltage of this grid. */
export const VOLTAGE_LIMIT = 1.9;
/** Twice the largest current is beyond what overload does to a meter and short of what a wrong decimal does. */
export const CURRENT_LIMIT = 2;
/** Half a tenth of a kWh and 1 % of the total: rates and total are read and rounded one by one. */
export const RATES_SLACK_WH = 50;
export const RATES_SLACK_SHARE = 0.01;
/** Alarm limit of the meter's clock, s; provinces use 3 to 10 minutes. */
export const CLOCK_LIMIT_S = 300;

const VOLTAGES: readonly QuantityName[] = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'];
const CURRENTS: readonly QuantityName[] = ['current_a_a', 'current_b_a', 'current_c_a', 'current_n_a'];
const POWERS: readonly QuantityName[] = [
  'power_active_total_w',
  'power_active_a_w',
  'power_active_b_w',
  'power_active_c_w',
];

type Ratings = Pick<MeterModel, 'phases' | 'ratedVoltageV' | 'maxCurrentA'>;

interface Limits {
  readonly rule: RuleId;
  /** The rule speaks below it and above `most`. */
  readonly least: number;
  readonly most: number;
}

/** What a rule allows a quantity to be on a meter of these ratings, in its unit; null when none speaks about it. */
export function gaugeLimits(model: Ratings, name: QuantityName): Limits | null {
  const mostA = model.maxCurrentA * CURRENT_LIMIT;
  const mostW = mostA * model.ratedVoltageV * model.phases;
  if (VOLTAGES.includes(name)) {
    return { rule: 'voltage_implausible', least: 0, most: model.ratedVoltageV * VOLTAGE_LIMIT };
  }
  if (CURRENTS.includes(name)) return { rule: 'current_implausible', least: -mostA, most: mostA };
  if (POWERS.includes(name)) return { rule: 'power_implausible', least: -mostW, most: mostW };
  if (name === 'demand_import_max_w') {
    const mostDemandW = model.maxCurrentA * RATING_MARGIN * model.ratedVoltageV * model.phases;
    return { rule: 'demand_over_capacity', least: 0, most: mostDemandW };
  }
  return name === 'clock_offset_s' ? { rule: 'clock_offset', least: -CLOCK_LIMIT_S, most: CLOCK_LIMIT_S } : null;
}

/** True for a phase voltage that can occur on a meter of this rating; 0 V is one. */
export function isPlausibleVoltage(model: Pick<MeterModel, 'ratedVoltageV'>, voltageV: number): boolean {
  return voltageV >= 0 && voltageV <= model.ratedVoltageV * VOLTAGE_LIMIT;
}

const LIMITED: readonly QuantityName[] = [...VOLTAGES, ...CURRENTS, ...POWERS, 'clock_offset_s', 'demand_import_max_w'];

/** Rules that present values break against the ratings of the model. Values the meter did not give break none. */
export function gaugeRules(model: Ratings, values: Values): RuleId[] {
  const rules: RuleId[] = [];
  for (const name of LIMITED) {
    const value = values[name];
    const limits = typeof value === 'number' ? gaugeLimits(model, name) : null;
    if (!limits || typeof value !== 'number' || (value >= limits.least && value <= limits.most)) continue;
    if (!rules.includes(limits.rule)) rules.push(limits.rule);
  }
  return rules;
}

/**
 * 示值不平: |total − Σ rates| > 0.05 kWh + 1 % of the total. Not judged unless total and all four rates are there. Each
 * register begins again at zero by itself, so whole rounds of `rolloverWh` are no difference.
 */
export function ratesRules(values: Values, rolloverWh: number): RuleId[] {
  const total = values.energy_import_wh;
  if (typeof total !== 'number') return [];
  let sum = 0;
  for (const name of RATE_IMPORTS) {
    const rate = values[name];
    if (typeof rate !== 'number') return [];
    sum += rate;
  }
  const apart = Math.abs(total - sum) % rolloverWh;
  const difference = Math.min(apart, rolloverWh - apart);
  return difference > RATES_SLACK_WH + total * RATES_SLACK_SHARE ? ['rates_mismatch'] : [];
}
