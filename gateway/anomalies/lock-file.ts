import { join } from 'node:path';
import { centreFolder } from '#stores/open-stores.ts';

/** Held by the one process that judges the readings of a data folder. */
export function anomaliesLockOf(dataDir: string): string {
  return join(centreFolder(dataDir), 'anomalies.lock');
}
