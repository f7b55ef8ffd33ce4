import type { AnomalyRule } from '#contract/anomaly.ts';
import type { RuleLimits } from '../limits.ts';

/** In the order in which they are judged; the place of a rule is its place in the state of a meter. */
export const STATE_RULES = [
  'clock_wrong',
  'cover_opened',
  'magnetic_field',
  'cost_control',
] as const satisfies readonly AnomalyRule[];
export type StateRuleId = (typeof STATE_RULES)[number];

/** Two readings of a day are enough to speak of. */
const GAP_MIN = 1560;
const WEEK_MIN = 7 * 1440;

/** Sources stand in the catalogue. The count of events grows, or it does not: 1 or 0; so does a contradiction. */
export const STATE_LIMITS: Readonly<Record<StateRuleId, RuleLimits>> = {
  clock_wrong: { raise: 300, clear: 180, raiseMin: 10, clearMin: 10, gapMin: GAP_MIN },
  cover_opened: { raise: 0.5, clear: 0.5, raiseMin: 0, clearMin: WEEK_MIN, gapMin: GAP_MIN },
  magnetic_field: { raise: 0.5, clear: 0.5, raiseMin: 0, clearMin: WEEK_MIN, gapMin: GAP_MIN },
  cost_control: { raise: 0.5, clear: 0.5, raiseMin: 30, clearMin: 30, gapMin: GAP_MIN },
};

export const STATE_BOUNDS = {
  /** Who puts a meter in opens its covers: events of the first hours say nothing. */
  installHours: 24,
  /** From an order to the relay it takes a while: until then neither position is wrong. */
  commandGraceMin: 120,
  /** Remaining credit below which supply should have been cut, yuan. */
  leastCreditCny: 0,
  /** A clock that is further off than this was read wrong, s. */
  mostOffsetS: 3_155_760_000,
} as const;
