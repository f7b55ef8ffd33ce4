import { rmSync } from 'node:fs';
import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { JudgeState, JudgeStateStore, StateBasis } from '../judge-state-store.ts';

/** Number of the tables below: a file of another number is thrown away and made again. */
const LAYOUT = 1;
const TABLES = [
  'CREATE TABLE day (basis TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (basis, day)) WITHOUT ROWID',
  'CREATE TABLE state (basis TEXT NOT NULL, day INTEGER NOT NULL, meter TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (basis, day, meter)) WITHOUT ROWID',
  `PRAGMA user_version = ${LAYOUT}`,
] as const;
/** States in one transaction: no single one keeps the connection for long. */
const PAGE = 20_000;
const INTO_STATE =
  'INSERT INTO state (basis, day, meter, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (basis, day, meter) ' +
  'DO UPDATE SET bytes = excluded.bytes';

/** States in one SQLite file. One that is damaged, or of another layout, is thrown away. */
export async function openSqliteJudgeStates(path: string): Promise<JudgeStateStore> {
  return new SqliteJudgeStates(await opened(path).catch((error: unknown) => renewed(path, error)));
}

async function opened(path: string): Promise<SqliteClient> {
  const client = await SqliteClient.open(path);
  try {
    const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
    if (row?.user_version === 0) await client.transaction(TABLES.map((sql) => ({ sql, rows: [[]] })));
    else if (row?.user_version !== LAYOUT) throw new MeterwayError('another layout', { code: 'store_failed' });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

function renewed(path: string, error: unknown): Promise<SqliteClient> {
  if (!(error instanceof MeterwayError) || error.code !== 'store_failed') throw error;
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  return opened(path);
}

class SqliteJudgeStates implements JudgeStateStore {
  readonly #client: SqliteClient;

  constructor(client: SqliteClient) {
    this.#client = client;
  }

  async days(basis: StateBasis): Promise<number[]> {
    const rows = await this.#client.all<{ day: number }>('SELECT day FROM day WHERE basis = ? ORDER BY day', [basis]);
    return rows.map(({ day }) => day);
  }

  async put(basis: StateBasis, day: number, states: readonly JudgeState[]): Promise<void> {
    for (let from = 0; from < states.length; from += PAGE) {
      const rows = states.slice(from, from + PAGE).map(({ meter, state }) => [basis, day, meter, bytesOf(state)]);
      await this.#client.transaction([{ sql: INTO_STATE, rows }]);
    }
  }

  async complete(basis: StateBasis, day: number): Promise<void> {
    const sql = 'INSERT INTO day (basis, day) VALUES (?, ?) ON CONFLICT DO NOTHING';
    await this.#client.transaction([{ sql, rows: [[basis, day]] }]);
  }

  async after(basis: StateBasis, day: number, meter: string, limit: number): Promise<JudgeState[]> {
    const rows = await this.#client.all<{ meter: string; bytes: Uint8Array }>(
      'SELECT meter, bytes FROM state WHERE basis = ? AND day = ? AND meter > ? ORDER BY meter LIMIT ?',
      [basis, day, meter, limit],
    );
    return rows.map((row) => ({ meter: row.meter, state: stateOf(row.bytes) }));
  }

  async of(basis: StateBasis, day: number, meters: readonly string[]): Promise<Map<string, Float64Array>> {
    const rows = await this.#client.all<{ meter: string; bytes: Uint8Array }>(
      'SELECT meter, bytes FROM state WHERE basis = ? AND day = ? AND meter IN (SELECT value FROM json_each(?))',
      [basis, day, JSON.stringify(meters)],
    );
    return new Map(rows.map((row) => [row.meter, stateOf(row.bytes)]));
  }

  async forgetBefore(basis: StateBasis, day: number): Promise<void> {
    const tables = ['state', 'day'].map((table) => ({
      sql: `DELETE FROM ${table} WHERE basis = ? AND day < ?`,
      rows: [[basis, day]],
    }));
    await this.#client.transaction(tables);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function bytesOf(state: Float64Array): Uint8Array {
  return new Uint8Array(state.slice().buffer);
}

/** The bytes may lie anywhere in a buffer; numbers need one that begins with them. */
function stateOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}
