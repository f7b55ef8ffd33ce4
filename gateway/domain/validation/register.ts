import type { MeterModel } from '#contract/models.ts';
import { NO_RULES, type RuleId } from './rules.ts';

/** The newest plausible import register of a meter: `importWh` at the instant `slot`, UTC ms. */
export interface Baseline {
  readonly slot: number;
  readonly importWh: number;
}

type Ratings = Pick<MeterModel, 'phases' | 'ratedVoltageV' | 'maxCurrentA' | 'rolloverWh'>;

const HOUR_MS = 3_600_000;
/** 20 % above the largest current: where over-current counts as an anomaly of the load, not of the reading. */
export const RATING_MARGIN = 1.2;
/** Smallest step of the usual register, 0.01 kWh, Wh. */
export const STEP_WH = 10;
/** Two values this close together may have been taken in either order: tasks read one meter by different ways, ms. */
const ORDER_SLACK_MS = 60_000;
/** A register passes its end from its last tenth into its first. */
export const ROLLOVER_SHARE = 0.1;

/**
 * The most that a meter can count within `ms`, Wh: largest current × rated voltage × phases × 1.2, and one register
 * step. Face values against face ratings: a transformer ratio stands on neither side.
 */
export function mostWh(model: Ratings, ms: number): number {
  const powerW = model.maxCurrentA * model.ratedVoltageV * model.phases * RATING_MARGIN;
  return (powerW * ms) / HOUR_MS + STEP_WH;
}

/**
 * Rules that an import register breaks against its range and the meter's baseline. Symmetrical, so that back-filled
 * values are judged as strictly as new ones: later must not be lower, earlier must not be higher, and neither may be
 * further away than the meter could have counted in between. Passing the end of the register is no reversal.
 */
export function registerRules(
  model: Ratings,
  at: number,
  importWh: number,
  baseline: Baseline | null,
): readonly RuleId[] {
  if (importWh < 0 || importWh >= model.rolloverWh) return ['register_range'];
  if (baseline === null) return NO_RULES;
  const apart = Math.abs(at - baseline.slot);
  if (apart <= ORDER_SLACK_MS) {
    const most = mostWh(model, apart + ORDER_SLACK_MS);
    if (Math.abs(importWh - baseline.importWh) <= most) return NO_RULES;
  }
  const [earlierWh, laterWh] = at >= baseline.slot ? [baseline.importWh, importWh] : [importWh, baseline.importWh];
  if (laterWh >= earlierWh) return laterWh - earlierWh <= mostWh(model, apart) ? NO_RULES : ['register_jump'];
  return rolledOver(model, earlierWh, laterWh, apart) ? ['register_rollover'] : ['register_reversed'];
}

function rolledOver(model: Ratings, earlierWh: number, laterWh: number, ms: number): boolean {
  const { rolloverWh } = model;
  return (
    earlierWh >= rolloverWh * (1 - ROLLOVER_SHARE) &&
    laterWh < rolloverWh * ROLLOVER_SHARE &&
    laterWh + rolloverWh - earlierWh <= mostWh(model, ms)
  );
}
