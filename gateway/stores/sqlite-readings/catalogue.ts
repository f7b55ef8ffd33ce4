import { isQuantity, type QuantityName } from '#contract/quantities.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import type { ColumnKind, ColumnsResult, Param } from '#platform/sqlite/protocol.ts';
import { addColumn, createTable, LIST_COLUMNS, tableOf } from './layout.ts';

export interface TaskTable {
  readonly name: string;
  readonly quantities: readonly QuantityName[];
}

export interface TableRead {
  readonly sql: string;
  readonly params: readonly Param[];
  readonly kinds: readonly ColumnKind[];
}

/** Which tables and columns the file has, kept as long as SQLite's own schema version stays the same. */
export class Catalogue {
  readonly #client: SqliteClient;
  #tables = new Map<string, TaskTable>();
  #version = -1;
  #changing: Promise<void> = Promise.resolve();

  constructor(client: SqliteClient) {
    this.#client = client;
  }

  /**
   * Reads from the table of a task, or null when there is none. The schema is checked after the read: another process
   * may have added a column and filled it, and its values must not be missing from the answer, or have dropped the
   * table.
   */
  async read(
    task: string,
    query: (table: TaskTable) => TableRead,
  ): Promise<{ table: TaskTable; result: ColumnsResult } | null> {
    for (;;) {
      const table = this.#tables.get(tableOf(task)) ?? (await this.#find(task));
      if (!table) return null;
      const seen = this.#version;
      const { sql, params, kinds } = query(table);
      const [result, version] = await Promise.allSettled([
        this.#client.columns(sql, params, kinds),
        this.#schemaVersion(),
      ]);
      if (version.status === 'rejected') throw version.reason;
      if (version.value !== seen) await this.#refresh();
      else if (result.status === 'rejected') throw result.reason;
      else return { table, result: result.value };
    }
  }

  /** All tables of readings. */
  async tables(): Promise<TaskTable[]> {
    await this.#refresh();
    return [...this.#tables.values()];
  }

  /** True when rows of these quantities can be written at once. */
  has(task: string, quantities: readonly QuantityName[]): boolean {
    const table = this.#tables.get(tableOf(task));
    return table !== undefined && quantities.every((name) => table.quantities.includes(name));
  }

  /** Makes the table and the columns that are missing. */
  ensure(task: string, quantities: readonly QuantityName[]): Promise<void> {
    const mine = this.#changing.then(() => this.#ensure(task, quantities));
    this.#changing = mine.catch(() => {});
    return mine;
  }

  async #ensure(task: string, quantities: readonly QuantityName[]): Promise<void> {
    await this.#refresh();
    if (this.has(task, quantities)) return;
    const name = tableOf(task);
    const known = this.#tables.get(name)?.quantities ?? [];
    const missing = quantities.filter((quantity) => !known.includes(quantity));
    const changes = [createTable(name), ...missing.map((quantity) => addColumn(name, quantity))];
    try {
      await this.#client.transaction(changes.map((sql) => ({ sql, rows: [] })));
    } catch (error) {
      await this.#refresh();
      // Another connection may have added the same column in the meantime.
      if (!this.has(task, quantities)) throw error;
    }
    await this.#refresh();
  }

  async #find(task: string): Promise<TaskTable | undefined> {
    if ((await this.#schemaVersion()) !== this.#version) await this.#refresh();
    return this.#tables.get(tableOf(task));
  }

  async #schemaVersion(): Promise<number> {
    const [row] = await this.#client.all<{ schema_version: number }>('PRAGMA schema_version');
    return row?.schema_version ?? 0;
  }

  /** The version is read first: a change in between makes it look old, and the next read refreshes again. */
  async #refresh(): Promise<void> {
    const [version, rows] = await Promise.all([
      this.#schemaVersion(),
      this.#client.all<{ table: string; column: string }>(LIST_COLUMNS),
    ]);
    const columns = new Map<string, QuantityName[]>();
    for (const { table, column } of rows) {
      const quantities = columns.get(table) ?? [];
      columns.set(table, quantities);
      if (isQuantity(column)) quantities.push(column);
    }
    this.#tables = new Map([...columns].map(([name, quantities]) => [name, { name, quantities }]));
    this.#version = version;
  }
}
