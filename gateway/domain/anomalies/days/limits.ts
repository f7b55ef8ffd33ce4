import type { AnomalyRule } from '#contract/anomaly.ts';
import type { RuleLimits } from '../limits.ts';

/** In the order in which they are judged; the place of a rule is its place in the state of a meter. */
export const DAY_ANOMALY_RULES = [
  'registers_unequal',
  'register_flying',
  'register_reversed',
  'reverse_energy',
  'usage_jump',
  'usage_drop',
  'usage_zero',
  'usage_closed_account',
  'demand_over_contract',
] as const satisfies readonly AnomalyRule[];
export type DayRuleId = (typeof DAY_ANOMALY_RULES)[number];

const DAY_MIN = 1440;
/** Freezes with up to two missing ones between them still hang together. */
const GAP_MIN = 3 * DAY_MIN;

/** Persistence in days between the first and the last freeze that show it: one day is two freezes on end. */
function limits(raise: number, clear: number, raiseDays: number, clearDays: number): RuleLimits {
  return { raise, clear, raiseMin: raiseDays * DAY_MIN, clearMin: clearDays * DAY_MIN, gapMin: GAP_MIN };
}

/** Sources stand in the catalogue. */
export const DAY_LIMITS: Readonly<Record<DayRuleId, RuleLimits>> = {
  registers_unequal: limits(1, 0.5, 1, 1),
  register_flying: limits(1, 1, 0, 3),
  register_reversed: limits(50, 50, 0, 3),
  reverse_energy: limits(1000, 100, 1, 2),
  usage_jump: limits(3, 2, 2, 1),
  usage_drop: limits(3, 2, 2, 1),
  usage_zero: limits(6.5, 0.5, 0, 1),
  usage_closed_account: limits(100, 20, 1, 1),
  demand_over_contract: limits(1.05, 1, 1, 1),
};

/** Bounds beside what a rule measures. Energies with the transformer ratio. */
export const DAY_BOUNDS = {
  historyDays: 28,
  minLikeDays: 5,
  /** Deviations count in the larger of the spread of the like days and this share of their mean. */
  steadyShare: 0.1,
  /** A jump below this, and a drop of a meter that uses less than this a day, say nothing, Wh. */
  usageFloorWh: 2000,
  /** What total and rates may differ: Wh and share of the total. */
  ratesSlackWh: 50,
  ratesSlackShare: 0.01,
} as const;
