import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfluxSettings } from '#stores/influx-readings/settings.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import { readingsFolder } from '#stores/open-stores.ts';
import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';

/** Names the InfluxDB of a data folder. Without it the readings are embedded. */
const NOTE = 'influx.json';

/** From now on the readings of a data folder are looked for in InfluxDB. */
export function noteInflux(dataDir: string, settings: InfluxSettings): void {
  writeFileSync(join(dataDir, NOTE), JSON.stringify(settings));
}

/** The readings of a data folder, packed months included, as another process than the gateway sees them. */
export async function openStoredReadings(dataDir: string): Promise<ReadingStore> {
  const note = join(dataDir, NOTE);
  if (existsSync(note)) return openInfluxReadingStore(JSON.parse(readFileSync(note, 'utf8')) as InfluxSettings);
  const folder = readingsFolder(dataDir);
  return openSqliteReadingStore(folder, { readOnly: true, archive: openParquetArchive(folder) });
}
