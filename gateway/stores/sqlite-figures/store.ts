import { MeterwayError } from '#platform/errors.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import type { Param, Statement } from '#platform/sqlite/protocol.ts';
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
import { FiguresFile, layoutOf } from './figures-file.ts';
import { rowSum } from './row-sum.ts';
import { LAYOUT } from './tables.ts';

const NOT_WRITTEN = 'figures_damaged';

/**
 * Figures in one SQLite file. With `readOnly` another process makes it, now or later: until then every answer is
 * empty, and writing is refused. A file of another layout is thrown away by its writer; one that is damaged is, when
 * the writer clears it, and until then everything rejects.
 */
export async function openSqliteFiguresStore(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<FiguresStore> {
  if (options.readOnly) {
    const ready = async (client: SqliteClient) => ((await layoutOf(client)) === LAYOUT ? client : null);
    const there = new WhenThere(path, ready, { readOnly: true, isReplaced: true });
    return new SqliteFigures({ path, client: () => there.get(), close: () => there.close(), renew: null });
  }
  const file = new FiguresFile(path);
  const renew = () => file.renew();
  const store = new SqliteFigures({ path, client: () => file.client(), close: () => file.close(), renew });
  store.damage = await file.open();
  return store;
}

interface Source {
  readonly path: string;
  /** Null while nobody has made the file. */
  readonly client: () => Promise<SqliteClient | null>;
  readonly close: () => Promise<void>;
  /** Throws the file away and makes another; null when it may not be written. */
  readonly renew: (() => Promise<void>) | null;
}

class SqliteFigures implements FiguresStore {
  readonly #source: Source;
  damage: string | null = null;

  constructor(source: Source) {
    this.#source = source;
  }

  async position(): Promise<number | null> {
    const [row] = await this.#all<{ position: number; sum: number }>('SELECT position, sum FROM figures', []);
    if (row) this.#check(row.sum, rowSum([row.position]));
    return row?.position ?? null;
  }

  async checkpoint(changes: FiguresCheckpoint): Promise<void> {
    await this.#write(checkpointStatements(changes));
  }

  async days(task: string): Promise<DayHead[]> {
    const rows = await this.#all<{
      date: string;
      slots_json: string;
      row_count: number;
      version: number;
      basis: string;
      sum: number;
    }>('SELECT date, slots_json, row_count, version, basis, sum FROM day WHERE task = ? ORDER BY date', [task]);
    return rows.map(({ date, slots_json, row_count, version, basis, sum }) => {
      this.#check(sum, rowSum([task, date, slots_json, row_count, version, basis]));
      return { task, date, version, basis, rows: row_count, slots: JSON.parse(slots_json) as number[] };
    });
  }

  async chunks(
    task: string,
    date: string,
    columns: readonly DayColumnName[],
    after: number,
    only?: number,
  ): Promise<DayChunk[]> {
    const rows = await this.#all<Omit<DayChunk, 'column'> & { name: DayColumnName; sum: number }>(
      `SELECT name, chunk, version, bytes, sum FROM chunk
       WHERE task = ? AND date = ? AND name IN (${columns.map(() => '?').join(', ')}) AND version > ?
       ${only === undefined ? '' : 'AND chunk = ?'}`,
      [task, date, ...columns, after, ...(only === undefined ? [] : [only])],
    );
    return rows.map(({ name, chunk, version, bytes, sum }) => {
      this.#check(sum, rowSum([task, date, name, chunk, version], bytes));
      return { task, date, column: name, chunk, version, bytes };
    });
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
    const rows = await this.#all<Omit<Finding, 'facts'> & { facts_json: string; sum: number }>(
      `SELECT task, slot, meter, rule, facts_json, sum FROM finding ${wheres.length > 0 ? `WHERE ${wheres.join(' AND ')}` : ''}
       ORDER BY slot, meter, rule LIMIT ?`,
      [...params, limit],
    );
    return rows.map(({ task, slot, meter, rule, facts_json, sum }) => {
      this.#check(sum, rowSum([task, slot, meter, rule, facts_json]));
      return { task, slot, meter, rule, facts: JSON.parse(facts_json) as Finding['facts'] };
    });
  }

  findingCounts(task: string, slot: number): Promise<{ rule: string; count: number }[]> {
    return this.#all('SELECT rule, count(*) AS count FROM finding WHERE task = ? AND slot = ? GROUP BY rule', [
      task,
      slot,
    ]);
  }

  async areaDays(from: string, to: string, areas?: readonly string[]): Promise<AreaDayRow[]> {
    const rows = await this.#all<{ area: string; date: string; content_json: string; sum: number }>(
      `SELECT area, date, content_json, sum FROM area_day WHERE date >= ? AND date <= ?
       ${areas ? 'AND area IN (SELECT value FROM json_each(?))' : ''} ORDER BY date, area`,
      [from, to, ...(areas ? [JSON.stringify(areas)] : [])],
    );
    return rows.map(({ area, date, content_json, sum }) => {
      this.#check(sum, rowSum([date, area, content_json]));
      return { area, date, content: JSON.parse(content_json) };
    });
  }

  async forgetBefore(date: string, slot: number): Promise<void> {
    await this.#write([
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
    if (this.damage !== null && this.#source.renew) {
      await this.#source.renew();
      this.damage = null;
      return;
    }
    const tables = ['figures', 'day', 'chunk', 'finding', 'area_day'];
    await this.#write(tables.map((table) => ({ sql: `DELETE FROM ${table}`, rows: [[]] })));
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #all<R extends object>(sql: string, params: readonly Param[]): Promise<R[]> {
    const client = await this.#source.client();
    return client ? this.#watched(() => client.all<R>(sql, params)) : [];
  }

  async #write(statements: readonly Statement[]): Promise<void> {
    const { path, renew, client } = this.#source;
    const writable = renew && (await client());
    if (!writable) {
      throw new MeterwayError(`cannot write to ${path}: opened for reading`, { code: 'store_read_only' });
    }
    await this.#watched(() => writable.transaction(statements));
  }

  /** Notes when the file turns out to be unusable. */
  async #watched<T>(use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      if (error instanceof MeterwayError && error.code === 'store_failed') this.damage ??= error.message;
      throw error;
    }
  }

  #check(sum: number, found: number): void {
    if (sum === found) return;
    const message = `cannot use ${this.#source.path}: what was kept has been changed by something else (checksum)`;
    this.damage ??= message;
    throw new MeterwayError(message, { code: NOT_WRITTEN });
  }
}
