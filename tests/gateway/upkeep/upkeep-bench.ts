import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import type { NewReadings } from '#stores/reading-store.ts';
import { openSqliteReadingStore, type SqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { Upkeep, type UpkeepParts } from '../../../gateway/upkeep/upkeep.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { batchOf } from '../stores/reading-samples.ts';

export const NOW = Date.UTC(2026, 10, 22);
export const RULES = { archiveAfterDays: 70, keepCurveMonths: 13, keepFreezeMonths: 60 };

export function slotIn(month: string, minutes = 0): number {
  return Date.parse(`${month}-10T00:00:00Z`) + minutes * 60_000;
}

/** Two readings of each of two meters in the month. */
export function monthOfReadings(month: string, task = 'profile'): NewReadings {
  const rows = ['m1', 'm2'].flatMap((meter) =>
    [0, 15].map((minutes) => ({ meter, slot: slotIn(month, minutes), values: [minutes + 1, 230.1] })),
  );
  return batchOf(task, ['energy_import_wh', 'voltage_a_v'], rows);
}

/** A store with its archive, and its upkeep at a time that stands still. */
export async function upkeepOver(folder: string, over: Partial<UpkeepParts> = {}) {
  const store: SqliteReadingStore = await openSqliteReadingStore(folder, { archive: openParquetArchive(folder) });
  const { keeper } = store;
  if (!keeper) throw new Error('a writer has a keeper');
  const clock = new ManualClock(NOW);
  const logger = quietLogger();
  const counted = { packed: 0, failed: 0 };
  const upkeep = new Upkeep({
    keeper,
    pack: (at, month, signal) => packMonth(at, month, { signal }),
    keepingOf: (task) => (task === 'profile' ? 'curve' : 'freeze'),
    rules: RULES,
    observer: { packed: () => counted.packed++, failed: () => counted.failed++ },
    clock,
    logger,
    ...over,
  });
  return { store, upkeep, clock, logger, counted };
}
