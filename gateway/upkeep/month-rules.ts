import { addMonths, type Month, monthOf, monthStart } from '#stores/months.ts';
import type { Keeping } from '#stores/reading-store.ts';

const DAY_MS = 86_400_000;

export interface KeepingRules {
  /** Days after its end when a month is packed; 0 = never. */
  readonly archiveAfterDays: number;
  /** Months that are kept besides the running one; 0 = for ever. */
  readonly keepCurveMonths: number;
  readonly keepFreezeMonths: number;
}

/** Whether the month ended long enough ago to be packed. */
export function isDue(month: Month, now: number, { archiveAfterDays }: KeepingRules): boolean {
  return archiveAfterDays > 0 && monthStart(addMonths(month, 1)) + archiveAfterDays * DAY_MS <= now;
}

/**
 * The month by which age is told: the running one, but none later than the newest that has readings and follows one
 * that has some, else the oldest. A clock that was set years ahead by mistake must not remove anything; where gateway
 * and collector share it, the readings of that time lie in a month that stands alone.
 */
export function currentMonth(months: readonly Month[], now: number): Month {
  const running = monthOf(now);
  const there = new Set(months);
  const [oldest = running, ...later] = [...there].sort();
  const newest = later.findLast((month) => month <= running && there.has(addMonths(month, -1))) ?? oldest;
  return newest < running ? newest : running;
}

/** Whether readings that are kept in this way are older than the rules allow. */
export function isExpired(month: Month, keeping: Keeping, current: Month, rules: KeepingRules): boolean {
  const months = keeping === 'curve' ? rules.keepCurveMonths : rules.keepFreezeMonths;
  return months > 0 && month < addMonths(current, -months);
}
