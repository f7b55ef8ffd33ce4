import { rmSync } from 'node:fs';
import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { Param } from '#platform/sqlite/protocol.ts';
import { WhenThere } from '#platform/sqlite/when-there.ts';
import type {
  AreaDayRow,
  DayChunk,
  DayColumnName,
  DayHead,
  FiguresCheckpoint,
  FiguresStore,
  Finding,
  FindingFilter,
} from '../figures-store.ts';
import { checkpointStatements } from './checkpoint.ts';
import { LAYOUT, TABLES } from './tables.ts';

/**
 * Figures in one SQLite file. With `readOnly` another process makes it, now or later: until then every answer is
 * empty, and writing is refused. A file of another layout is thrown away by its writer.
 */
export async function openSqliteFiguresStore(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<FiguresStore> {
  if (options.readOnly) {
    const there = new WhenThere(path, async (client) => ((await layoutOf(client)) === LAYOUT ? client : null));
    return new SqliteFigures(
      () => there.get(),
      () => there.close(),
      path,
    );
  }
  const client = await openForWriting(path);
  return new SqliteFigures(
    async () => client,
    () => client.close(),
    null,
  );
}

async function openForWriting(path: string): Promise<SqliteClient> {
  let client = await SqliteClient.open(path);
  const layout = await layoutOf(client);
  if (layout === LAYOUT) return client;
  if (layout !== 0) {
    await client.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    client = await SqliteClient.open(path);
  }
  await client.transaction(TABLES.map((sql) => ({ sql, rows: [[]] })));
  return client;
}

async function layoutOf(client: SqliteClient): Promise<number> {
  const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
  return row?.user_version ?? 0;
}

class SqliteFigures implements FiguresStore {
  readonly #client: () => Promise<SqliteClient | null>;
  readonly #close: () => Promise<void>;
  /** Set when it may not be written. */
  readonly #readOnly: string | null;

  constructor(client: () => Promise<SqliteClient | null>, close: () => Promise<void>, readOnly: string | null) {
    this.#client = client;
    this.#close = close;
    this.#readOnly = readOnly;
  }

  async position(): Promise<number | null> {
    const [row] = await this.#all<{ position: number }>('SELECT position FROM figures', []);
    return row?.position ?? null;
  }

  async checkpoint(changes: FiguresCheckpoint): Promise<void> {
    const client = await this.#writable();
    await client.transaction(checkpointStatements(changes));
  }

  async days(task: string): Promise<DayHead[]> {
    const rows = await this.#all<{
      date: string;
      slots_json: string;
      row_count: number;
      version: number;
      basis: string;
    }>('SELECT date, slots_json, row_count, version, basis FROM day WHERE task = ? ORDER BY date', [task]);
    return rows.map(({ date, slots_json, row_count, version, basis }) => ({
      ...{ task, date, version, basis, rows: row_count },
      slots: JSON.parse(slots_json) as number[],
    }));
  }

  async chunks(task: string, date: string, columns: readonly DayColumnName[], after: number): Promise<DayChunk[]> {
    const rows = await this.#all<{ name: DayColumnName; chunk: number; version: number; bytes: Uint8Array }>(
      `SELECT name, chunk, version, bytes FROM chunk
       WHERE task = ? AND date = ? AND name IN (${columns.map(() => '?').join(', ')}) AND version > ?`,
      [task, date, ...columns, after],
    );
    return rows.map(({ name, ...row }) => ({ task, date, column: name, ...row }));
  }

  async findings(filter: FindingFilter): Promise<Finding[]> {
    const { task, slot, from, to, meter, meters, rule, rules, limit, after } = filter;
    const params: Param[] = [];
    const wheres: string[] = [];
    const where = (sql: string, ...values: Param[]): void => {
      wheres.push(sql);
      params.push(...values);
    };
    if (task !== undefined) where('task = ?', task);
    if (slot !== undefined) where('slot = ?', slot);
    if (from !== undefined) where('slot >= ?', from);
    if (to !== undefined) where('slot < ?', to);
    if (meter !== undefined) where('meter = ?', meter);
    if (meters !== undefined) where('meter IN (SELECT value FROM json_each(?))', JSON.stringify(meters));
    if (rule !== undefined) where('rule = ?', rule);
    if (rules !== undefined) where('rule IN (SELECT value FROM json_each(?))', JSON.stringify(rules));
    if (after) where('(slot, meter, rule) > (?, ?, ?)', after.slot, after.meter, after.rule);
    const rows = await this.#all<{ task: string; slot: number; meter: string; rule: string; facts_json: string }>(
      `SELECT task, slot, meter, rule, facts_json FROM finding ${wheres.length > 0 ? `WHERE ${wheres.join(' AND ')}` : ''}
       ORDER BY slot, meter, rule LIMIT ?`,
      [...params, limit],
    );
    return rows.map(({ facts_json, ...row }) => ({ ...row, facts: JSON.parse(facts_json) as Finding['facts'] }));
  }

  findingCounts(task: string, slot: number): Promise<{ rule: string; count: number }[]> {
    return this.#all('SELECT rule, count(*) AS count FROM finding WHERE task = ? AND slot = ? GROUP BY rule', [
      task,
      slot,
    ]);
  }

  async areaDays(from: string, to: string, areas?: readonly string[]): Promise<AreaDayRow[]> {
    const rows = await this.#all<{ area: string; date: string; content_json: string }>(
      `SELECT area, date, content_json FROM area_day WHERE date >= ? AND date <= ?
       ${areas ? 'AND area IN (SELECT value FROM json_each(?))' : ''} ORDER BY date, area`,
      [from, to, ...(areas ? [JSON.stringify(areas)] : [])],
    );
    return rows.map(({ area, date, content_json }) => ({ area, date, content: JSON.parse(content_json) }));
  }

  async forgetBefore(date: string, slot: number): Promise<void> {
    const client = await this.#writable();
    await client.transaction([
      // By the key: looking at every chunk would read the whole file.
      {
        sql: 'DELETE FROM chunk WHERE task IN (SELECT task FROM day WHERE date < ?) AND date < ?',
        rows: [[date, date]],
      },
      { sql: 'DELETE FROM day WHERE date < ?', rows: [[date]] },
      { sql: 'DELETE FROM area_day WHERE date < ?', rows: [[date]] },
      { sql: 'DELETE FROM finding WHERE slot < ?', rows: [[slot]] },
    ]);
  }

  async clear(): Promise<void> {
    const client = await this.#writable();
    const tables = ['figures', 'day', 'chunk', 'finding', 'area_day'];
    await client.transaction(tables.map((table) => ({ sql: `DELETE FROM ${table}`, rows: [[]] })));
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #all<R extends object>(sql: string, params: readonly Param[]): Promise<R[]> {
    const client = await this.#client();
    return client ? client.all<R>(sql, params) : [];
  }

  async #writable(): Promise<SqliteClient> {
    const client = this.#readOnly === null ? await this.#client() : null;
    if (client) return client;
    throw new MeterwayError(`cannot write to ${this.#readOnly}: opened for reading`, { code: 'store_read_only' });
  }
}
