import { chmodSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { BUSY_TIMEOUT_MS, openSqlite } from '#platform/sqlite/open.ts';
import { makeFolderOf, syncFile } from './copy-file.ts';

/** Pages that are copied at once, 4 KiB each: progress is told and a stop is noticed in between. */
const PAGES = 2000;
const PAGE_BYTES = 4096;

/**
 * Copies a database as it is at one moment while other processes write it, and has the copy on disk when it resolves.
 * The read transaction is held until the end: without it, SQLite's backup starts again at each write of another
 * process. Until then the write-ahead log cannot shrink. Copying pages takes half the time of VACUUM INTO, which also
 * says nothing on the way.
 */
export async function snapshot(
  source: string,
  target: string,
  signal: AbortSignal,
  onBytes: (done: number) => void,
): Promise<void> {
  makeFolderOf(target);
  const database = openSqlite({ path: source, readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    await backup(database, target, {
      rate: PAGES,
      progress: ({ totalPages, remainingPages }) => onBytes((totalPages - remainingPages) * PAGE_BYTES),
    });
    signal.throwIfAborted();
  } finally {
    database.close();
  }
  chmodSync(target, 0o600);
  toOneFile(target);
  await syncFile(target);
}

/** The copy says of itself that it has a write-ahead log; readers would make one beside it. */
function toOneFile(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
  } finally {
    copy.close();
  }
}

/** Null when the database is sound, else what SQLite found first. A scan of the whole file, in a thread of its own. */
export async function databaseFault(path: string, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  let client: SqliteClient | null = null;
  try {
    client = await SqliteClient.open(path, { readOnly: true });
    const [row] = await client.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
    const found = row?.integrity_check ?? 'no answer';
    return found === 'ok' ? null : found;
  } catch (error) {
    if (error instanceof MeterwayError) return messageOf(error);
    throw error;
  } finally {
    await client?.close().catch(() => {});
    signal.throwIfAborted();
  }
}
