import type { LossState } from './loss.ts';
import type { LossSum } from './loss-sum.ts';

/**
 * What somebody should look at: an area on record as stopped or removed that was supplied; much supply in a high loss;
 * so little supply that the rate says nothing (小电量); a high loss that customers without an energy may explain;
 * customers that feed back without being generators on record.
 */
export const LOSS_CHECKS = [
  'stopped_but_supplied',
  'high_loss_large_supply',
  'small_supply',
  'missing_may_explain',
  'feeds_back_unrecorded',
] as const;
export type LossCheck = (typeof LOSS_CHECKS)[number];

/** A stopped area is not to take more than this, over whatever is looked at: the sheets in use say 200 kWh. */
export const STOPPED_SUPPLY_WH = 200_000;
/** Supply of a month above which a high loss is looked at first: the sheets in use say 1000 kWh. */
export const LARGE_SUPPLY_WH = 1_000_000;
/** Below this a day an area supplies too little for a rate; ours, for want of a published number. */
export const SMALL_SUPPLY_DAY_WH = 10_000;

export interface CheckedLoss {
  readonly sum: LossSum;
  readonly state: LossState;
  /** Supply of the days on which the area was stopped or removed, as far as it is known. */
  readonly stoppedSupplyWh: number;
  /** Days × customers that fed back without being generators. */
  readonly exporting: number;
  /** The large supply is that of a month. */
  readonly isMonth: boolean;
}

export function checksOf({ sum, state, stoppedSupplyWh, exporting, isMonth }: CheckedLoss): LossCheck[] {
  const high = state === 'high';
  const holds: Readonly<Record<LossCheck, boolean>> = {
    stopped_but_supplied: stoppedSupplyWh > STOPPED_SUPPLY_WH,
    high_loss_large_supply: isMonth && high && sum.suppliedWh > LARGE_SUPPLY_WH,
    small_supply: sum.computable > 0 && sum.suppliedWh < SMALL_SUPPLY_DAY_WH * sum.computable,
    missing_may_explain: high && sum.partial > 0,
    feeds_back_unrecorded: exporting > 0,
  };
  return LOSS_CHECKS.filter((check) => holds[check]);
}
