import type { AnomalyRule } from '#contract/anomaly.ts';
import type { RuleLimits } from '../limits.ts';

/** In the order in which they are judged; the place of a rule is its place in the state of a meter. */
export const CURVE_RULES = [
  'phase_broken',
  'voltage_lost',
  'voltage_over',
  'voltage_under',
  'voltage_unbalanced',
  'current_lost',
  'current_broken',
  'current_unbalanced',
  'current_over',
  'load_over',
  'reverse_flow',
  'power_factor_low',
  'neutral_current',
  'stopped_meter',
  'register_flying',
  'out_of_tolerance',
  'load_over_contract',
  'transformer_heavy',
  'transformer_overloaded',
] as const satisfies readonly AnomalyRule[];
export type CurveRuleId = (typeof CURVE_RULES)[number];

/** Points of an hourly curve still hang together. */
const GAP_MIN = 60;

function limits(raise: number, clear: number, raiseMin: number, clearMin = raiseMin, gapMin = GAP_MIN): RuleLimits {
  return { raise, clear, raiseMin, clearMin, gapMin };
}

/**
 * Voltages in shares of Un, currents of Ib (of Imax for `current_over`), powers of what the rule names, imbalances in
 * shares of the largest, `current_lost` in minutes without current. Sources stand in the catalogue.
 */
export const CURVE_LIMITS: Readonly<Record<CurveRuleId, RuleLimits>> = {
  phase_broken: limits(0.6, 0.8, 5),
  voltage_lost: limits(0.78, 0.85, 5),
  voltage_over: limits(1.2, 1.15, 5),
  voltage_under: limits(0.78, 0.85, 5),
  voltage_unbalanced: limits(0.3, 0.2, 30),
  current_lost: limits(1439.5, 1439.5, 0, 30),
  current_broken: limits(0.005, 0.01, 1440, 30),
  current_unbalanced: limits(0.5, 0.3, 60),
  current_over: limits(1.2, 1.1, 5),
  load_over: limits(1.2, 1.1, 5),
  reverse_flow: limits(-0.005, -0.001, 30, 1440),
  power_factor_low: limits(0.3, 0.4, 60),
  neutral_current: limits(0.5, 0.3, 60),
  stopped_meter: limits(399.5, 399.5, 5, 30),
  register_flying: limits(3, 1.5, 720, 360, 4320),
  out_of_tolerance: limits(0.1, 0.05, 2880, 1440, 4320),
  load_over_contract: limits(1.1, 1, 30),
  transformer_heavy: limits(0.8, 0.75, 60),
  transformer_overloaded: limits(1, 0.95, 60),
};

/** Of large and dedicated-transformer customers: their power factor is part of their tariff, their curve is finer. */
export const LARGE_CURVE_LIMITS: Readonly<Partial<Record<CurveRuleId, Partial<RuleLimits>>>> = {
  current_lost: { raise: 359.5, clear: 359.5 },
  power_factor_low: { raise: 0.8, clear: 0.85 },
  load_over_contract: { raise: 1.05, clear: 1, raiseMin: 15, clearMin: 15 },
};

/** Bounds beside what a rule measures. */
export const CURVE_BOUNDS = {
  /** Below this share of Un a phase has no supply. */
  deadShare: 0.6,
  /** `voltage_lost`: another phase has at least this share of Un, else supply is low and not the measurement. */
  soundShare: 0.85,
  /** Below this share of Ib no current flows. */
  noCurrentShare: 0.005,
  /** `current_lost`: voltage of the phase, of Un, and current of another, of Ib: less may be one lamp at night. */
  suppliedShare: 0.7,
  otherCurrentShare: 0.3,
  /** Of Ib: smaller currents say nothing of imbalance, or of the neutral. */
  unbalancedFloorShare: 1,
  neutralFloorShare: 0.2,
  /** `reverse_flow`: voltages that let a power count, of Un. */
  reverseLeastShare: 0.78,
  reverseMostShare: 1.2,
  /** `power_factor_low`: apparent power of Un × Ib × phases. */
  powerFactorFloorShare: 0.2,
  /** `stopped_meter`: steps of the register, beside the limit, for which it may stand still while what is sampled flows. */
  stoppedSteps: 4,
  /** `register_flying`: known hours that are added up, and the least excess in shares of Un × Ib × phases × hours. */
  flyingHours: 6,
  flyingFloorShare: 0.1,
  /** `out_of_tolerance`: known hours that are added up, and the least difference in shares of the larger energy. */
  toleranceHours: 24,
  toleranceShare: 0.3,
  /** Longest time between two points over which the power is known, min. */
  powerGapMin: 30,
  /** A load beyond this many times the contract capacity is a wrong value. */
  contractMost: 5,
  /** `transformer_overloaded`: hours that make a day count, and such days on end that speak for a larger transformer. */
  overloadHours: 1,
  overloadDays: 3,
} as const;
