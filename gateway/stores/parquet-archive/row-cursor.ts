import type { DuckDBConnection } from '@duckdb/node-api';
import type { QuantityName } from '#contract/quantities.ts';
import { quantity } from '#contract/quantities.ts';
import type { ColumnsResult } from '#platform/sqlite/protocol.ts';
import { LEAD } from '../sqlite-readings/layout.ts';
import { type Duck, exactPath, rowsOfFile } from './duckdb.ts';
import type { SealedMonth, SealedTask } from './sealed-month.ts';
import { selectChecked } from './task-columns.ts';

/** Numbers that every row has, before its quantities: two keys, instants in ms, and the code of its quality. */
export const CHECKED = ['slot', 'meter', 'meter time', 'read time', 'quality'] as const;

type Numbers = ArrayLike<number>;
type Texts = ArrayLike<string | null>;

export interface Rows {
  readonly count: number;
  /** `CHECKED`, then the quantities in their units; NaN for none. */
  readonly numbers: readonly Numbers[];
  readonly rules: Texts;
}

/** Goes through rows that come in pieces, ascending by slot and number of the meter. */
export class RowCursor {
  rows: Rows = { count: 0, numbers: [], rules: [] };
  at = 0;
  ended = false;
  readonly #pieces: AsyncGenerator<Rows>;

  constructor(pieces: AsyncGenerator<Rows>) {
    this.#pieces = pieces;
  }

  /** True when the cursor stands on a row, as far as this can be said without waiting. */
  get ready(): boolean {
    return this.at < this.rows.count;
  }

  /** Rows of this piece from here on. */
  get left(): number {
    return this.rows.count - this.at;
  }

  /** Gets the next piece; false at the end. */
  async fill(): Promise<boolean> {
    while (!this.ready && !this.ended) {
      const { value, done } = await this.#pieces.next();
      if (done) this.ended = true;
      else this.rows = value;
      this.at = 0;
      if (done) this.rows = { count: 0, numbers: [], rules: [] };
    }
    return !this.ended;
  }

  number(c: number): number {
    return this.rows.numbers[c]?.[this.at] ?? Number.NaN;
  }

  get rules(): string | null {
    return this.rows.rules[this.at] ?? null;
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }
}

/** Rows of the file of a sealed month; `quantities` that it does not have are NaN. */
export async function* sealedRows(
  sealed: SealedMonth,
  task: SealedTask,
  quantities: readonly QuantityName[],
): AsyncGenerator<Rows> {
  const places = quantities.map((name) => task.quantities.indexOf(name));
  const factors = quantities.map((name) => 10 ** quantity(name).decimals);
  for await (const page of sealed.pages(task)) yield asRows(page, places, factors);
}

function asRows({ count, columns }: ColumnsResult, places: readonly number[], factors: readonly number[]): Rows {
  const [slots, refs, meterTimes, readAts, qualities, rules] = columns as Lead;
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number;
    meterTimes[i] = (meterTimes[i] as number) + slot;
    readAts[i] = (readAts[i] as number) + slot;
  }
  const none = new Float64Array(count).fill(Number.NaN);
  const values = places.map((place, c) => {
    if (place === -1) return none;
    const scaled = columns[LEAD.length + 1 + place] as Float64Array;
    const factor = factors[c] ?? 1;
    if (factor !== 1) for (let i = 0; i < count; i++) scaled[i] = (scaled[i] as number) / factor;
    return scaled;
  });
  return { count, numbers: [slots, refs, meterTimes, readAts, qualities, ...values], rules };
}

type Lead = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Texts];

/**
 * Rows of an archived file with the numbers that the table `meter_ref` gives its meters; a column that is null in
 * `columns` is not in this file.
 */
export async function* archivedRows(
  duck: Duck,
  connection: DuckDBConnection,
  path: string,
  columns: readonly (QuantityName | null)[],
): AsyncGenerator<Rows> {
  const from = `${rowsOfFile(1)} LEFT JOIN meter_ref USING (meter)`;
  const sql = `SELECT ${selectChecked('id', columns)} FROM ${from} ORDER BY slot_ms, ref`;
  for await (const { columns: cells, count } of duck.stream(connection, sql, [exactPath(path)])) {
    yield { count, numbers: cells.slice(0, -1) as readonly Numbers[], rules: (cells.at(-1) ?? []) as Texts };
  }
}
