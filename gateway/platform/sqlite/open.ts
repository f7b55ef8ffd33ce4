import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { WorkerOptions } from './protocol.ts';

/** How long a connection waits for another one's lock, ms. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a database with the settings every acknowledged write needs: write-ahead log and FULL sync, so that a commit
 * survives a power cut (NORMAL loses everything since the last checkpoint).
 */
export function openSqlite({ path, readOnly, busyTimeoutMs }: WorkerOptions): DatabaseSync {
  if (!readOnly) mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs });
  try {
    if (!readOnly) {
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL');
      database.exec('PRAGMA journal_size_limit = 67108864');
    }
    database.exec('PRAGMA cache_size = -65536');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
