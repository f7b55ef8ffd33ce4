import { join, resolve } from 'node:path';
import type { Settings } from '#platform/settings/schema.ts';
import type { Places, ReadingStore } from './reading-store.ts';
import { openSqliteReadingStore } from './sqlite-readings/store.ts';
import { openSqliteStateStore } from './sqlite-state/store.ts';
import type { StateStore } from './state-store.ts';

export type StoreSettings = Pick<
  Settings,
  | 'dataDir'
  | 'readingStore'
  | 'influxUrl'
  | 'influxVersion'
  | 'influxDatabase'
  | 'influxOrg'
  | 'influxUsername'
  | 'influxPassword'
  | 'influxToken'
  | 'keepCurveMonths'
  | 'keepFreezeMonths'
>;

/** Folder of everything that the centre keeps in embedded stores. */
export function centreFolder(dataDir: string): string {
  return join(resolve(dataDir), 'centre');
}

/** `beside`: another process makes it; this one may write once it is there. */
export function openState(
  settings: Pick<Settings, 'dataDir'>,
  options: { beside?: boolean } = {},
): Promise<StateStore> {
  return openSqliteStateStore(join(centreFolder(settings.dataDir), 'state.sqlite'), options);
}

/** The store that the settings name, for the one process that writes it. */
export function openReadingsForWriting(settings: StoreSettings, _places: Places): Promise<ReadingStore> {
  return openSqliteReadingStore(readingsPath(settings));
}

/** The store that the settings name, for a process beside the one that writes it. */
export function openReadingsForReading(settings: StoreSettings): Promise<ReadingStore> {
  return openSqliteReadingStore(readingsPath(settings), { readOnly: true });
}

function readingsPath(settings: StoreSettings): string {
  return join(centreFolder(settings.dataDir), 'readings.sqlite');
}
