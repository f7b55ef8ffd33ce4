import { type FailingMeter, reasonOf } from '#domain/collection/failures.ts';
import type { RowPlaces } from '#domain/collection/row-places.ts';
import { CLASS_CODES, isFailed, OPEN, SUSPECT } from '#domain/collection/slot-state.ts';
import type { DayReport } from '#stores/collection-stores.ts';
import type { SeenDay } from './failures-seen.ts';

/** What was failing when the day was closed, of meters that are still in the registry. `codes`: of today, by its own. */
export function reportedFailing(
  { date, cells }: DayReport,
  codes: readonly number[],
  places: RowPlaces,
  slot: number,
): Pick<SeenDay, 'failing' | 'dueBehind'> {
  const failing: FailingMeter[] = [];
  const owed = new Map<string, number>();
  const owedNothing = new Set(Object.values(CLASS_CODES).filter((code) => code !== OPEN));
  for (const [row, cell] of cells.entries()) {
    const code = codes[cell] ?? CLASS_CODES.not_due;
    const meter = places.meter(row);
    if (!meter || owedNothing.has(code)) continue;
    const line = places.index.line(meter.line);
    for (const key of [`line ${meter.line}`, `concentrator ${line?.concentrator}`, `collector ${line?.collector}`]) {
      owed.set(key, (owed.get(key) ?? 0) + 1);
    }
    if (code !== OPEN && code !== SUSPECT && !isFailed(code)) continue;
    const reported = { meter, slot, reason: reasonOf(code), failedSlots: 1 };
    failing.push({ ...reported, consecutiveDays: 1, since: date, lastGood: null });
  }
  return { failing, dueBehind: (kind, id) => owed.get(`${kind} ${id}`) ?? 0 };
}
