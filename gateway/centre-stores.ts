import { join } from 'node:path';
import type { ReadingStore } from '#stores/reading-store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';

/** The embedded stores of the centre, in the data folder. */
export async function openCentreStores(dataDir: string): Promise<{ readings: ReadingStore; state: StateStore }> {
  const folder = join(dataDir, 'centre');
  const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
  const readings = await openSqliteReadingStore(join(folder, 'readings.sqlite'));
  return { readings, state };
}
