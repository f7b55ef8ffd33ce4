import { existsSync, renameSync, rmSync } from 'node:fs';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { StoreLog } from '../store-log.ts';

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Whether the content of a file is broken, as against a disk or a lock that does not answer. */
export function isDamage(error: unknown): error is MeterwayError {
  if (!(error instanceof MeterwayError) || error.code !== 'store_failed') return false;
  const code = error.context['sqlite'];
  return typeof code === 'number' && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(code & 0xff);
}

/**
 * Gives a damaged database another name, its log with it, so that its month goes on in a new file and what can still
 * be read of it is kept for whoever repairs it.
 */
export function setAside(path: string, why: unknown, log: StoreLog): void {
  if (!existsSync(path)) return;
  let to = '';
  for (let n = 1; to === '' || existsSync(to); n++) to = path.replace(/\.sqlite$/, `.damaged-${n}.sqlite`);
  // Itself first: without its log, the file might look sound and silently lack what it acknowledged last.
  renameSync(path, to);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${to}-wal`);
  rmSync(`${path}-shm`, { force: true });
  log.error(
    { path, aside: to, why: messageOf(why) },
    'a file of readings is damaged and set aside; new readings go to a new file. Bring back the old ones: restore a backup and replay, or repair with "sqlite3 FILE .recover"',
  );
}

/** Reads the whole file as SQLite's quick check does, and sets it aside when that finds it damaged. */
export async function checkFile(path: string, log: StoreLog): Promise<void> {
  const fault = await faultOf(path);
  if (fault === null) log.info({ path }, 'a file of readings was in use when the process ended, and is sound');
  else setAside(path, fault, log);
}

/** What SQLite's quick check finds wrong with a file, or null. Rejects when it cannot be looked at. */
export async function faultOf(path: string): Promise<unknown> {
  try {
    const client = await SqliteClient.open(path);
    try {
      const [row] = await client.all<{ quick_check: string }>('PRAGMA quick_check(1)');
      return row?.quick_check === 'ok' ? null : row?.quick_check;
    } finally {
      await client.close();
    }
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}
