import { join, resolve } from 'node:path';
import type { Settings } from '#platform/settings/schema.ts';
import type { FiguresStore } from './figures-store.ts';
import type { InfluxSettings } from './influx-readings/settings.ts';
import { openInfluxReadingStore } from './influx-readings/store.ts';
import { openParquetArchive } from './parquet-archive/archive.ts';
import type { Places, ReadingStore } from './reading-store.ts';
import { openSqliteFiguresStore } from './sqlite-figures/store.ts';
import type { MonthKeeper } from './sqlite-readings/month-keeper.ts';
import { openSqliteReadingStore, type SqliteReadingOptions, type SqliteReadingStore } from './sqlite-readings/store.ts';
import { openSqliteStateStore } from './sqlite-state/store.ts';
import type { StateStore } from './state-store.ts';
import type { StoreLog } from './store-log.ts';

export type StoreSettings = InfluxSettings & Pick<Settings, 'dataDir' | 'readingStore'>;

/** Folder of everything that the centre keeps in embedded stores. */
export function centreFolder(dataDir: string): string {
  return join(resolve(dataDir), 'centre');
}

/** Folder of the embedded readings: a file for each month, and what was packed of them. */
export function readingsFolder(dataDir: string): string {
  return join(centreFolder(dataDir), 'readings');
}

/** Folder of the rows of billing batches. */
export function batchFolder(dataDir: string): string {
  return join(centreFolder(dataDir), 'billing');
}

/** A store and, where months are to be sealed, packed and dropped by us, the means to do so. */
export type WrittenReadings = ReadingStore & { readonly keeper?: MonthKeeper | null };

/** `beside`: another process makes it; this one may write once it is there. */
export function openState(
  settings: Pick<Settings, 'dataDir'>,
  options: { beside?: boolean } = {},
): Promise<StateStore> {
  return openSqliteStateStore(join(centreFolder(settings.dataDir), 'state.sqlite'), options);
}

/** The store that the settings name, for the one process that writes it. */
export async function openReadingsForWriting(
  settings: StoreSettings,
  places: Places,
  log?: StoreLog,
): Promise<WrittenReadings> {
  if (settings.readingStore === 'influx') return openInfluxReadingStore(settings, { places });
  return openSqliteWithArchive(settings, log ? { log } : {});
}

/** The store that the settings name, for a process beside the one that writes it. */
export async function openReadingsForReading(settings: StoreSettings): Promise<ReadingStore> {
  if (settings.readingStore === 'influx') return openInfluxReadingStore(settings);
  return openSqliteWithArchive(settings, { readOnly: true });
}

function openSqliteWithArchive(
  { dataDir }: StoreSettings,
  options: Omit<SqliteReadingOptions, 'archive'>,
): Promise<SqliteReadingStore> {
  const folder = readingsFolder(dataDir);
  return openSqliteReadingStore(folder, { ...options, archive: openParquetArchive(folder) });
}

/** What is derived and kept. One process writes it. */
export function openFigures(
  settings: Pick<Settings, 'dataDir'>,
  options: { readonly readOnly?: boolean } = {},
): Promise<FiguresStore> {
  return openSqliteFiguresStore(join(centreFolder(settings.dataDir), 'figures.sqlite'), options);
}
