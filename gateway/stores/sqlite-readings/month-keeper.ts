import { renameSync, rmSync } from 'node:fs';
import { MeterwayError } from '#platform/errors.ts';
import { syncFolder } from '#platform/files.ts';
import type { Month } from '../months.ts';
import { openPath, partAt, removeDatabase, sealedPath } from './folder.ts';
import { quoted, taskOf } from './layout.ts';
import type { OpenFiles } from './open-files.ts';

/** What the upkeep does with the SQLite parts of a month. Nothing is read or written by this process meanwhile. */
export interface MonthKeeper {
  readonly folder: string;
  /**
   * Closes the open part for good. False when there is none, or when one that was sealed before still waits: readings
   * of the two meet only when they are packed. Rejects with `store_busy` while a reader holds on to an old state of it.
   */
  seal(month: Month): Promise<boolean>;
  removeSealed(month: Month): Promise<void>;
  /** Removes all SQLite parts. */
  remove(month: Month): Promise<void>;
  /**
   * Removes tasks from the open part and gives their space back; tells which. A sealed part never changes: its tasks
   * go when it has been packed.
   */
  dropTasks(month: Month, isExpired: (task: string) => boolean): Promise<string[]>;
}

export function monthKeeper(
  folder: string,
  files: OpenFiles,
  alone: <T>(work: () => Promise<T>) => Promise<T>,
): MonthKeeper {
  const removeAll = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      await files.close(path);
      removeDatabase(path);
    }
    syncFolder(folder);
  };
  return {
    folder,
    seal: (month) => alone(() => seal(files, folder, month)),
    removeSealed: (month) => alone(() => removeAll([sealedPath(folder, month)])),
    remove: (month) => alone(() => removeAll([openPath(folder, month), sealedPath(folder, month)])),
    dropTasks: (month, isExpired) => alone(() => dropTasks(files, openPath(folder, month), isExpired)),
  };
}

async function seal(files: OpenFiles, folder: string, month: Month): Promise<boolean> {
  const path = openPath(folder, month);
  const sealed = sealedPath(folder, month);
  if (!partAt(path) || partAt(sealed)) return false;
  const lease = await files.lease(path);
  if (typeof lease === 'string') return false;
  let failed: unknown;
  try {
    // Everything must be in the file itself: the log beside it would not be found under the new name.
    const [done] = await lease.file.client.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    if (done?.busy !== 0) {
      throw new MeterwayError(`cannot seal ${path}: another process is reading it`, {
        code: 'store_busy',
        next: 'retry',
      });
    }
  } catch (error) {
    failed = error;
    throw error;
  } finally {
    lease.release(failed);
    await files.close(path);
  }
  // Processes that have it open go on reading it under its new name; what they hold of the log is empty.
  renameSync(path, sealed);
  for (const beside of [`${path}-wal`, `${path}-shm`]) rmSync(beside, { force: true });
  syncFolder(folder);
  return true;
}

async function dropTasks(files: OpenFiles, path: string, isExpired: (task: string) => boolean): Promise<string[]> {
  if (!partAt(path)) return [];
  const lease = await files.lease(path);
  if (typeof lease === 'string') return [];
  let failed: unknown;
  try {
    const { client, catalogue } = lease.file;
    const expired = (await catalogue.tables()).filter(({ name }) => isExpired(taskOf(name)));
    if (expired.length === 0) return [];
    await client.transaction(expired.map(({ name }) => ({ sql: `DROP TABLE ${quoted(name)}`, rows: [] })));
    await client.query('VACUUM');
    return expired.map(({ name }) => taskOf(name));
  } catch (error) {
    failed = error;
    throw error;
  } finally {
    lease.release(failed);
    // What the connection knows of the tables is no longer true.
    await files.close(path);
  }
}
