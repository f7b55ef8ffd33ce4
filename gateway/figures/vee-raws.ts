import { RATE_IMPORTS } from '#contract/quantities.ts';
import { type DayColumns, FLAG } from '#domain/collection/day-columns.ts';
import { SUSPECT } from '#domain/collection/slot-state.ts';
import type { RawFreeze } from '#domain/vee/history.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { ChangedRows, KeptDays } from './follower.ts';

/** Readings that are fetched at once. */
const PAGE = 4096;

/** What meters gave where it does not count, or where a rule spoke when it arrived: few of many. By row. */
export async function rawFreezes(
  readings: Pick<ReadingStore, 'ofSlot'>,
  { task, slot, fact, flags }: DayColumns,
  rows: ChangedRows,
  days: Pick<KeptDays, 'meters' | 'rowOf'>,
): Promise<Map<number, RawFreeze>> {
  const wanted: string[] = [];
  for (const row of rows) {
    const meter = days.meters[row];
    const isWanted = fact[row] === SUSPECT || ((flags[row] ?? 0) & FLAG.noted) !== 0;
    if (isWanted && meter !== undefined) wanted.push(meter);
  }
  const raws = new Map<number, RawFreeze>();
  for (let from = 0; from < wanted.length; from += PAGE) {
    for (const reading of await readings.ofSlot(task, slot, wanted.slice(from, from + PAGE))) {
      const row = days.rowOf(reading.meter);
      if (row !== undefined) raws.set(row, rawFreeze(reading));
    }
  }
  return raws;
}

function rawFreeze({ values, meterTime, rules }: StoredReading): RawFreeze {
  let ratesWh: number | null = 0;
  for (const name of RATE_IMPORTS) ratesWh = ratesWh === null ? null : addOrNull(ratesWh, values[name]);
  return { importWh: values.energy_import_wh ?? null, ratesWh, meterTime, rules };
}

function addOrNull(sum: number, value: number | null | undefined): number | null {
  return typeof value === 'number' ? sum + value : null;
}
