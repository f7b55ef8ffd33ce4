import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MeterwayError } from '../errors.ts';

/**
 * Holds a lock file until `release` or the end of the process, however it ends: the lock is the operating system's
 * lock on a tiny database, so a killed process leaves nothing stale behind.
 */
export function holdLock(path: string, what: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new MeterwayError(`cannot start: ${what} (lock ${path})`, { code: 'already_running', cause });
  }
  return () => {
    database.exec('ROLLBACK');
    database.close();
  };
}
