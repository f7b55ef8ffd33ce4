import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { WorkerOptions } from './protocol.ts';

/** How long a connection waits for another one's lock, ms. */
export const BUSY_TIMEOUT_MS = 5000;

/** A reader has the cache of the system behind it; a writer also keeps there what it has not written yet. */
const READER_CACHE_KB = 16_384;
const WRITER_CACHE_KB = 65_536;

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
    database.exec(`PRAGMA cache_size = -${readOnly ? READER_CACHE_KB : WRITER_CACHE_KB}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
