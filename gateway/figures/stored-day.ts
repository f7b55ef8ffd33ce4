import {
  COLUMN_BIT,
  type Counting,
  type DayColumns,
  emptyDay,
  FLAG,
  takeCounting,
  takeFailure,
  takeValue,
} from '#domain/collection/day-columns.ts';
import { type SlotTimes, slotTimes } from '#domain/collection/slot-times.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { RevisionStore } from '#stores/revision-store.ts';
import type { LedgerStore, StoredOutcome } from '#stores/state-store.ts';
import { type ValidatedReading, type ValidatedReadings, validated } from '#stores/validated-readings.ts';
import type { ExpectedDay } from './expected-days.ts';

/** Meters that are asked for at once. */
const PAGE = 8192;

export interface DaySources {
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
  readonly revisions: Pick<RevisionStore, 'allOfSlot'>;
  readonly validated: Pick<ValidatedReadings, 'ofSlot'>;
  readonly ledger: Pick<LedgerStore, 'outcomesOfSlot' | 'outcomesAfter'>;
}

interface Meters {
  /** Ids by row. */
  readonly meters: readonly string[];
  rowOf(meter: string): number | undefined;
}

/** A day as the stores tell it, the classes left out. */
export async function storedDay(
  { readings, revisions, ledger }: DaySources,
  { task, date, slot }: ExpectedDay,
  zone: string,
  site: Meters,
): Promise<DayColumns> {
  // What is asked for in between may bring new meters: they are told by the feed.
  const { meters } = site;
  const day = emptyDay(task.id, date, slot, meters.length);
  const times = slotTimes(task, zone, slot);
  await takeFailures(ledger, day, site);
  const revised = new Map((await revisions.allOfSlot(task.id, slot)).map((revision) => [revision.meter, revision]));
  for (let from = 0; from < meters.length; from += PAGE) {
    const page = meters.slice(from, from + PAGE);
    for (const raw of await readings.ofSlot(task.id, slot, page)) {
      const row = site.rowOf(raw.meter);
      if (row === undefined) continue;
      takeReading(day, row, times, validated(raw.meter, slot, raw, revised.get(raw.meter) ?? null));
      revised.delete(raw.meter);
    }
  }
  // What nobody read, but somebody wrote.
  for (const [meter, revision] of revised) {
    const row = site.rowOf(meter);
    if (row !== undefined) takeReading(day, row, times, validated(meter, slot, null, revision));
  }
  return day;
}

async function takeFailures(ledger: DaySources['ledger'], day: DayColumns, site: Meters): Promise<void> {
  for (let after = ''; ; ) {
    const page = await ledger.outcomesAfter(day.task, day.slot, after, PAGE);
    for (const failure of page) takeOutcome(day, site.rowOf(failure.meter), failure);
    after = page.at(-1)?.meter ?? '';
    if (page.length < PAGE) return;
  }
}

/**
 * Takes into a day what the stores tell of some meters, by their rows. `changed` hears of every row that this changed,
 * with its COLUMN_BITs.
 */
export async function takeStored(
  { validated: sources, ledger }: DaySources,
  day: DayColumns,
  times: SlotTimes,
  rows: ReadonlyMap<string, number>,
  changed: (row: number, columns: number) => void = () => {},
): Promise<void> {
  const ids = [...rows.keys()];
  const [readings, failures] = await Promise.all([
    sources.ofSlot(day.task, day.slot, ids),
    ledger.outcomesOfSlot(day.task, day.slot, ids),
  ]);
  for (const failure of failures) {
    const row = rows.get(failure.meter);
    const columns = takeOutcome(day, row, failure);
    if (row !== undefined && columns !== 0) changed(row, columns);
  }
  for (const reading of readings) {
    const row = rows.get(reading.meter);
    const columns = row === undefined ? 0 : takeReading(day, row, times, reading);
    if (row !== undefined && columns !== 0) changed(row, columns);
  }
}

/** Gives the COLUMN_BITs of what changed, as the next one does. */
function takeOutcome(day: DayColumns, row: number | undefined, { reason }: Pick<StoredOutcome, 'reason'>): number {
  return row !== undefined && takeFailure(day, row, reason) ? COLUMN_BIT.fact : 0;
}

function takeReading(day: DayColumns, row: number, times: SlotTimes, reading: ValidatedReading): number {
  const { raw } = reading;
  const came = raw !== null && takeValue(day, row, times, raw.quality, raw.readAt);
  return (came ? COLUMN_BIT.fact | COLUMN_BIT.minutes : 0) | takeCounting(day, row, countingOf(reading));
}

/** What counts of a reading, as the columns hold it. */
export function countingOf({ values, quality, revision, rules }: ValidatedReading): Counting {
  const written = quality === 'estimated' ? FLAG.estimated : FLAG.written;
  const noted = rules.length > 0 ? FLAG.noted : 0;
  return {
    importWh: values?.energy_import_wh ?? Number.NaN,
    exportWh: values?.energy_export_wh ?? Number.NaN,
    flags: (revision === 0 ? 0 : written) | noted,
  };
}
