import type { Static } from 'typebox';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import type { LossBands } from '#domain/line-loss/loss.ts';
import type { LossDayShape } from '../schemas/line-loss.ts';
import type { WorkedDay } from './line-loss-readings.ts';
import { dayShape, tracePath } from './line-loss-shapes.ts';

/** Kept days as they are shown, each with its trace; a day worked out now stands for the kept one of its date. */
export function tracedDays(
  kind: 'areas' | 'feeders',
  id: string,
  kept: readonly AreaDay[],
  worked: WorkedDay | readonly WorkedDay[] | null,
  bands: LossBands,
): Static<typeof LossDayShape>[] {
  const now = new Map((worked === null ? [] : [worked].flat()).map(({ day }) => [day.date, day]));
  const dates = [...new Set([...kept.map(({ date }) => date), ...now.keys()])].toSorted();
  const byDate = new Map(kept.map((day) => [day.date, day]));
  return dates.flatMap((date) => {
    const fresh = now.get(date);
    const day = fresh ?? byDate.get(date);
    return day ? [dayShape(day, bands, fresh ? 'readings' : 'kept', tracePath(kind, id, date))] : [];
  });
}
