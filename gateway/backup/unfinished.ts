import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MeterwayError } from '#platform/errors.ts';

/** Beside the folder `centre`, while a restore is under way: the stores as they will be. */
export const RESTORING = 'centre.restoring';

/** Throws `restore_unfinished`: what lies in the data folder may be older than anybody thinks, or nothing at all. */
export function refuseUnfinishedRestore(dataDir: string): void {
  const path = join(dataDir, RESTORING);
  if (!existsSync(path)) return;
  throw new MeterwayError(
    `cannot start: a restore into ${dataDir} was not finished; run meterway restore again, or delete ${path} to go on with the stores as they are`,
    { code: 'restore_unfinished' },
  );
}
