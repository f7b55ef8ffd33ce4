import { isQuantity, type QuantityName } from '#contract/quantities.ts';
import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { ColumnsResult } from '#platform/sqlite/protocol.ts';
import { addMonths, type Month, monthStart } from '../months.ts';
import { LAYOUT, LEAD, LIST_COLUMNS, quoted, selectKinds, selectList, taskOf } from '../sqlite-readings/layout.ts';

export interface SealedTask {
  readonly task: string;
  readonly table: string;
  readonly quantities: readonly QuantityName[];
}

const SLOT = 0;
const REF = 1;
/** Rows of one answer, a few MB of them. */
const PAGE = 16_384;
const LEADING: ReadonlySet<string> = new Set([...LEAD, 'rules']);

/** The file of a month that takes no more writes, read from its first row to its last by a thread of its own. */
export class SealedMonth {
  readonly path: string;
  readonly #client: SqliteClient;
  readonly #month: Month;

  private constructor(client: SqliteClient, month: Month) {
    this.path = client.path;
    this.#client = client;
    this.#month = month;
  }

  /** Rejects when the file is not there or was laid out by a newer program. */
  static async open(path: string, month: Month): Promise<SealedMonth> {
    const client = await SqliteClient.open(path, { readOnly: true });
    const sealed = new SealedMonth(client, month);
    try {
      const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
      if (row?.user_version === LAYOUT) return sealed;
      throw sealed.#unfit(`it has layout ${row?.user_version}; this program knows ${LAYOUT}`);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Rejects when a table has a column that this program does not know: its values must not get lost. */
  async tasks(): Promise<SealedTask[]> {
    const columns = new Map<string, QuantityName[]>();
    for (const { table, column } of await this.#client.all<{ table: string; column: string }>(LIST_COLUMNS)) {
      const quantities = columns.get(table) ?? [];
      columns.set(table, quantities);
      if (isQuantity(column)) quantities.push(column);
      else if (!LEADING.has(column)) throw this.#unfit(`column ${column} of task ${taskOf(table)} is no quantity`);
    }
    return [...columns].map(([table, quantities]) => ({ task: taskOf(table), table, quantities }));
  }

  /** Numbers and names of the meters. */
  meters(): Promise<ColumnsResult> {
    return this.#client.columns('SELECT id, meter FROM meter_ref ORDER BY id', [], ['number', 'text']);
  }

  /**
   * All rows of a task, ascending by slot and number of the meter: columns of LEAD, rules, quantities. While one page
   * is worked on, the next one is being read. Throws when a slot lies outside of the month.
   */
  async *pages({ table, quantities, task }: SealedTask): AsyncGenerator<ColumnsResult> {
    const sql =
      `SELECT ${selectList(quantities, 'r')} FROM ${quoted(table)} AS r WHERE (slot, meter) > (?, ?) ` +
      `ORDER BY slot, meter LIMIT ${PAGE}`;
    const kinds = selectKinds(quantities);
    const read = (slot: number, ref: number): Promise<ColumnsResult> => {
      const page = this.#client.columns(sql, [slot, ref], kinds);
      // The caller may stop before it asks for this page; then nobody is left to hear of its failure.
      page.catch(() => {});
      return page;
    };
    let next = read(Number.MIN_SAFE_INTEGER, 0);
    for (;;) {
      const page = await next;
      const last = page.count - 1;
      if (last < 0) return;
      this.#slotIn(page, 0, task);
      const to = this.#slotIn(page, last, task);
      if (page.count === PAGE) next = read(to, numberIn(page, REF, last));
      yield page;
      if (page.count < PAGE) return;
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #slotIn(page: ColumnsResult, i: number, task: string): number {
    const slot = numberIn(page, SLOT, i);
    if (slot >= monthStart(this.#month) && slot < monthStart(addMonths(this.#month, 1))) return slot;
    throw this.#unfit(`slot ${slot} of task ${task} does not lie in ${this.#month}`);
  }

  #unfit(why: string): MeterwayError {
    return new MeterwayError(`cannot archive ${this.path}: ${why}`, { code: 'archive_source' });
  }
}

function numberIn({ columns }: ColumnsResult, c: number, i: number): number {
  return columns[c]?.[i] as number;
}
