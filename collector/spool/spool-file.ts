import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isId } from '#contract/ids.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { Reserve } from './reserve.ts';
import { freshState, newEpoch, type SpoolState, stateOf } from './state.ts';
import { LATER_COLUMNS, SCHEMA } from './statements.ts';

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
  readonly state: SpoolState;
  /** Whether the file says so; else it has to be written. */
  readonly isWritten: boolean;
  /** The newest damaged file before this one, if this one is new. */
  readonly aside: string | null;
}

/**
 * The spool's database with its tables. A damaged file is set aside rather than stopping collection for good; one that
 * cannot be opened for another reason, such as a full disk, is left where it is.
 */
export async function openSpoolFile(path: string, options: FileOptions): Promise<SpoolFile> {
  try {
    return await prepared(path, options);
  } catch {
    // Opening needs some space of its own.
    options.reserve.release();
    return prepared(path, options);
  }
}

async function prepared(path: string, options: FileOptions): Promise<SpoolFile> {
  const { client, isNew } = await openSound(path, options);
  try {
    await client.transaction(SCHEMA.map((sql) => ({ sql, rows: [] })));
    await addColumns(client);
    const rows = await client.all<{ key: string; value: string }>('SELECT key, value FROM meta');
    const meta = new Map(rows.map(({ key, value }) => [key, value]));
    const found = stateOf(meta);
    const isWritten = found !== null && found !== 'damaged';
    const state = isWritten ? found : await stateFromRecords(client, found === null ? meta : new Map(), options);
    return { client, meta, state, isWritten, aside: isNew ? newestAside(path) : null };
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
}

async function addColumns(client: SqliteClient): Promise<void> {
  for (const [table, column, type] of LATER_COLUMNS) {
    const columns = await client.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', [table]);
    if (columns.some(({ name }) => name === column)) continue;
    await client.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
}

/**
 * The state of a file that holds none that can be believed. Files of earlier programs held nothing that was committed,
 * and said by themselves in which epoch they are; of any other what was committed is not known, so all of it is sent.
 */
async function stateFromRecords(
  client: SqliteClient,
  meta: ReadonlyMap<string, string>,
  { clock, logger }: FileOptions,
): Promise<SpoolState> {
  const [found] = await client.all<{ lowest: number | null; highest: number | null; rows: number }>(
    'SELECT MIN(seq) AS lowest, MAX(seq) AS highest, COUNT(*) AS rows FROM record',
  );
  const { lowest = null, highest = null, rows = 0 } = found ?? {};
  const epoch = meta.get('epoch');
  const lastSeq = Number(meta.get('lastSeq') ?? 0);
  if (!isId(epoch) || !(lastSeq >= (highest ?? 0))) {
    if (rows > 0) logger.error({ rows }, 'the spool does not know what the centre has committed; all is sent again');
    const base = (lowest ?? 1) - 1;
    const lastRow = highest ?? 0;
    const before = base > 0 ? [[1, base] as const] : [];
    return {
      ...freshState(clock),
      epoch: newEpoch(clock),
      base,
      lastRow,
      committed: before,
      crcFrom: lastRow + 1,
      rows,
    };
  }
  const committed = (lowest ?? lastSeq + 1) - 1;
  const startSeq = meta.get('startSeq');
  return {
    ...freshState(clock),
    epoch,
    lastRow: lastSeq,
    startRow: startSeq === undefined ? null : Number(startSeq),
    crcFrom: lastSeq + 1,
    committed: committed > 0 ? [[1, committed]] : [],
    rows,
  };
}

function asideOf(path: string): string {
  return `${path}.damaged-`;
}

function newestAside(path: string): string | null {
  const prefix = basename(asideOf(path));
  const found = readdirSync(dirname(path)).filter(
    (name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)),
  );
  const newest = found.toSorted((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length))).at(-1);
  return newest === undefined ? null : join(dirname(path), newest);
}

async function openSound(path: string, options: FileOptions): Promise<{ client: SqliteClient; isNew: boolean }> {
  if (!existsSync(path)) return { client: await SqliteClient.open(path), isNew: true };
  const found = await openChecked(path);
  if (found instanceof SqliteClient) return { client: found, isNew: false };
  const aside = `${asideOf(path)}${options.clock.now()}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  options.logger.error(
    { path, finding: found, aside },
    'the spool was damaged and is set aside; what can be read of it is saved, the rest must be read from the meters again',
  );
  return { client: await SqliteClient.open(path), isNew: true };
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
