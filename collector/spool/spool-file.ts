import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { Reserve } from './reserve.ts';

const SCHEMA: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, stream TEXT NOT NULL, ' +
    'task TEXT NOT NULL, job TEXT, columns TEXT NOT NULL, cells TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS progress (task TEXT, meter TEXT, date TEXT, bits BLOB NOT NULL, ' +
    'PRIMARY KEY (task, meter, date)) WITHOUT ROWID',
];

/** Primary result codes of SQLite for a file whose content is wrong. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

export interface FileOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reserve: Reserve;
}

export interface SpoolFile {
  readonly client: SqliteClient;
  readonly meta: ReadonlyMap<string, string>;
  readonly rows: number;
}

export function newEpoch(clock: Clock): string {
  return `${clock.now().toString(36)}-${randomBytes(6).toString('hex')}`;
}

/**
 * The spool's database with its tables. A damaged file is set aside rather than stopping collection for good; one that
 * cannot be opened for another reason, such as a full disk, is left where it is.
 */
export async function openSpoolFile(path: string, options: FileOptions): Promise<SpoolFile> {
  try {
    return await prepared(await openSound(path, options));
  } catch {
    // Opening needs some space of its own.
    options.reserve.release();
    return prepared(await openSound(path, options));
  }
}

async function prepared(client: SqliteClient): Promise<SpoolFile> {
  try {
    await client.transaction(SCHEMA.map((sql) => ({ sql, rows: [] })));
    await addJobColumn(client);
    const meta = await client.all<{ key: string; value: string }>('SELECT key, value FROM meta');
    const [counted] = await client.all<{ rows: number }>('SELECT COUNT(*) AS rows FROM record');
    return { client, meta: new Map(meta.map(({ key, value }) => [key, value])), rows: counted?.rows ?? 0 };
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
}

/** Files of the first release knew no jobs. */
async function addJobColumn(client: SqliteClient): Promise<void> {
  const columns = await client.all<{ name: string }>("SELECT name FROM pragma_table_info('record')");
  if (!columns.some(({ name }) => name === 'job')) await client.query('ALTER TABLE record ADD COLUMN job TEXT');
}

async function openSound(path: string, options: FileOptions): Promise<SqliteClient> {
  if (!existsSync(path)) return SqliteClient.open(path);
  const found = await openChecked(path);
  if (found instanceof SqliteClient) return found;
  const aside = `${path}.damaged-${options.clock.now()}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  options.logger.error(
    { path, finding: found, aside },
    'the spool was damaged and is set aside; what it held and the centre had not committed must be read again',
  );
  return SqliteClient.open(path);
}

/** The open database, or how the file is damaged. */
async function openChecked(path: string): Promise<SqliteClient | string> {
  let client: SqliteClient | null = null;
  try {
    client = await SqliteClient.open(path);
    const [row] = await client.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (row?.quick_check === 'ok') return client;
    await client.close();
    return row?.quick_check ?? 'no answer';
  } catch (error) {
    await client?.close().catch(() => {});
    const code = error instanceof MeterwayError ? error.context['sqlite'] : null;
    if (typeof code === 'number' && DAMAGED.has(code & 0xff)) return messageOf(error);
    throw error;
  }
}
