import { heldBegin } from '../hold.ts';
import type { DayView } from './day-view.ts';
import { DAY_BOUNDS } from './limits.ts';

/** Mean of the like days and by how much they differ, Wh at the meter. */
export interface LikeDays {
  readonly meanWh: number;
  readonly scaleWh: number;
}

/**
 * Days of the past four weeks of the same kind (work or rest), before that which may be abnormal began; when those are
 * too few, all of them: what has lasted so long is how it is now. Null when there are too few of these as well. A steady
 * meter is held to a tenth of its mean, a lively one to the standard deviation of its days.
 */
export function likeDays(view: DayView): LikeDays | null {
  const begun = heldBegin(view.state, view.rulePlace);
  const sound = begun === 0 ? null : statistics(view, begun);
  return sound ?? statistics(view, view.slot);
}

function statistics(view: DayView, before: number): LikeDays | null {
  const { place, days } = view;
  const kind = view.restAt(place);
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let i = Math.max(1, place - DAY_BOUNDS.historyDays); i < place; i++) {
    if (view.restAt(i) !== kind || (days.slots[i] ?? 0) >= before) continue;
    const wh = view.usedAt(i);
    if (Number.isNaN(wh)) continue;
    count += 1;
    sum += wh;
    squares += wh * wh;
  }
  if (count < DAY_BOUNDS.minLikeDays) return null;
  const meanWh = sum / count;
  const spreadWh = Math.sqrt(Math.max(0, squares / count - meanWh * meanWh));
  return { meanWh, scaleWh: Math.max(spreadWh, DAY_BOUNDS.steadyShare * meanWh) };
}
