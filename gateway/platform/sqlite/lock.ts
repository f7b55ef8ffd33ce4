import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MeterwayError, messageOf } from '../errors.ts';

const SQLITE_BUSY = 5;

/** What is locked stays referred to, also by a caller that drops `release`: a collected handle would close its file. */
const held = new Set<DatabaseSync>();

/**
 * Holds a lock file until `release` or the end of the process, however it ends: the lock is the operating system's
 * lock on a tiny database, so a killed process leaves nothing stale behind. Nothing else in the process may open the
 * file: closing any handle on it would drop the lock. `what` says in an error who must be running already.
 */
export function holdLock(path: string, what: string): () => void {
  const database = open(path);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw unusable(path, cause);
    throw new MeterwayError(`cannot start: ${what} (lock ${path})`, { code: 'already_running', cause });
  }
  held.add(database);
  return () => {
    held.delete(database);
    // Closing rolls back and gives up the lock.
    if (database.isOpen) database.close();
  };
}

/** Whether a process holds the lock file now. The file is not made where it is missing. */
export function isLockHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (cause) {
    if (isBusy(cause)) return true;
    throw unusable(path, cause);
  } finally {
    database.close();
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
}

function open(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): MeterwayError {
  return new MeterwayError(`cannot lock ${path}: ${messageOf(cause)}`, { code: 'lock_failed', cause });
}
