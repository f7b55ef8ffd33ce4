import { medianOf } from './robust.ts';
import { THEFT_PARAMETERS as P } from './theft-parameters.ts';

/** A lasting fall of a meter's use. */
export interface Fall {
  /** Place of the first day of the lower level. */
  readonly day: number;
  /** Medians of the days before and from it on, Wh a day. */
  readonly beforeWh: number;
  readonly afterWh: number;
}

/** A day counts as at most so many times the median day: one party is no change of habits. */
const MOST_TIMES_MEDIAN = 3;

/**
 * The day from which the use is lower and stays so, or null when there is none, or the fall is no more than use varies
 * by itself. It is the day that parts the days best into two levels (the largest sqrt(n₁·n₂ ÷ (n₁+n₂)) × fall of the
 * mean: the likelihood ratio of one step in noise); the levels are medians, so that single days move them little.
 */
export function fallOf(usageWh: ArrayLike<number>, scratch: Float64Array): Fall | null {
  const days = usageWh.length;
  const most = MOST_TIMES_MEDIAN * medianOf(usageWh, 0, days, scratch);
  const whole = sumOf(usageWh, most);
  let best = 0;
  let bestDay = -1;
  let [sum, count] = [0, 0];
  for (let day = 1; day < days; day++) {
    const wh = usageWh[day - 1] ?? Number.NaN;
    if (!Number.isNaN(wh)) {
      sum += Math.min(wh, most);
      count += 1;
    }
    const after = whole.count - count;
    if (count < P.minBefore || after < P.minAfter) continue;
    const fall = sum / count - (whole.sum - sum) / after;
    const weight = fall * Math.sqrt((count * after) / whole.count);
    if (weight <= best) continue;
    best = weight;
    bestDay = day;
  }
  if (bestDay === -1) return null;
  const beforeWh = medianOf(usageWh, 0, bestDay, scratch);
  const afterWh = medianOf(usageWh, bestDay, days, scratch);
  const fallWh = beforeWh - afterWh;
  const isFall = fallWh >= P.fallFloorWh && fallWh >= P.fallShare * beforeWh;
  return isFall ? { day: bestDay, beforeWh, afterWh } : null;
}

function sumOf(usageWh: ArrayLike<number>, most: number): { readonly sum: number; readonly count: number } {
  let [sum, count] = [0, 0];
  for (let day = 0; day < usageWh.length; day++) {
    const wh = usageWh[day] ?? Number.NaN;
    if (Number.isNaN(wh)) continue;
    sum += Math.min(wh, most);
    count += 1;
  }
  return { sum, count };
}
