import type { AnomalyRule } from '#contract/anomaly.ts';
import { CURVE_LIMITS, type CurveRuleId, LARGE_CURVE_LIMITS } from './curve/limits.ts';
import { DAY_LIMITS, type DayRuleId } from './days/limits.ts';
import { STATE_LIMITS, type StateRuleId } from './states/limits.ts';

/**
 * When a rule speaks. What it measures has to be beyond `raise` for `raiseMin` minutes, and back beyond `clear` for
 * `clearMin` minutes; between the two it stays as it is. Time between two points that are further apart than `gapMin`
 * is not known and counts for nothing. `raise` above `clear`: too much; below it: too little.
 */
export interface RuleLimits {
  readonly raise: number;
  readonly clear: number;
  readonly raiseMin: number;
  readonly clearMin: number;
  readonly gapMin: number;
}

/** Limits of a site that differ from the built-in ones. */
export interface LimitOverrides {
  readonly all?: Readonly<Partial<Record<AnomalyRule, Partial<RuleLimits>>>>;
  /** Of large and dedicated-transformer customers, before those of all. */
  readonly large?: Readonly<Partial<Record<AnomalyRule, Partial<RuleLimits>>>>;
}

/** Limits of a curve rule for a class of customers. */
export function curveLimits(rule: CurveRuleId, isLarge: boolean, overrides: LimitOverrides = {}): RuleLimits {
  const all = { ...CURVE_LIMITS[rule], ...overrides.all?.[rule] };
  return isLarge ? { ...all, ...LARGE_CURVE_LIMITS[rule], ...overrides.large?.[rule] } : all;
}

export function dayLimits(rule: DayRuleId, isLarge: boolean, overrides: LimitOverrides = {}): RuleLimits {
  const all = { ...DAY_LIMITS[rule], ...overrides.all?.[rule] };
  return isLarge ? { ...all, ...overrides.large?.[rule] } : all;
}

export function stateLimits(rule: StateRuleId, isLarge: boolean, overrides: LimitOverrides = {}): RuleLimits {
  const all = { ...STATE_LIMITS[rule], ...overrides.all?.[rule] };
  return isLarge ? { ...all, ...overrides.large?.[rule] } : all;
}
