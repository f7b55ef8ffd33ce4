import type { ReadingKey } from '../reading-archive.ts';
import type { ReadingMark, StoredReading } from '../reading-store.ts';
import { type Bound, type Cells, rowsOfFile } from './duckdb.ts';
import type { TaskFile } from './manifest.ts';
import { markAt, quantitiesAmong, readingAt, SELECT_MARK, selectReading, toTimestamp } from './task-columns.ts';

/** Longest list in one statement. */
const LIST = 1000;

/** One statement; `values` are bound from $2 on, because $1 is the path of the file. */
export interface Page {
  readonly sql: string;
  readonly values: readonly Bound[];
  /** The meters whose rows it may give, null for all. */
  readonly meters: readonly string[] | null;
}

/** A question to the file of a task. */
export interface ArchiveQuery<T> {
  pages(file: TaskFile): Iterable<Page>;
  /** Makes what is asked for of row i of a chunk; null for a row that is not wanted. */
  rows(file: TaskFile, columns: readonly Cells[]): (i: number) => T | null;
  ordered(rows: T[]): T[];
}

const FILE = rowsOfFile(1);

/**
 * The rows of a meter from the first to the last of the slots, of which those are taken that are asked for: they stand
 * side by side, and picking them here is faster than a join.
 */
export function ofMeterQuery(meter: string, slots: readonly number[]): ArchiveQuery<StoredReading> {
  const sorted = ascending(slots);
  const wanted = new Set(sorted);
  const [first, last] = [sorted[0], sorted.at(-1)];
  return {
    *pages({ columns }) {
      if (first === undefined || last === undefined) return;
      const where = `meter = $2 AND slot BETWEEN ${toTimestamp('$3')} AND ${toTimestamp('$4')}`;
      const sql = `SELECT ${selectReading(quantitiesOf(columns))} FROM ${FILE} WHERE ${where}`;
      yield { sql, values: [meter, BigInt(first), BigInt(last)], meters: [meter] };
    },
    rows({ columns }, chunk) {
      const quantities = quantitiesOf(columns);
      return (i) => (wanted.has(chunk[1]?.[i] as number) ? readingAt(chunk, i, quantities) : null);
    },
    ordered: (rows) => rows.sort((a, b) => a.slot - b.slot),
  };
}

export function ofSlotQuery(slot: number, meters: readonly string[]): ArchiveQuery<StoredReading> {
  const sorted = [...new Set(meters)].sort();
  return {
    *pages({ columns }) {
      const where = `slot = ${toTimestamp('$2')} AND meter IN (SELECT unnest($3))`;
      const sql = `SELECT ${selectReading(quantitiesOf(columns))} FROM ${FILE} WHERE ${where}`;
      if (sorted.length === 0 || !Number.isSafeInteger(slot)) return;
      yield { sql, values: [BigInt(slot), sorted], meters: sorted };
    },
    rows: readings,
    ordered: (rows) => rows.sort((a, b) => (a.meter < b.meter ? -1 : 1)),
  };
}

export function marksQuery(slots: readonly number[]): ArchiveQuery<ReadingMark> {
  const sorted = ascending(slots);
  return {
    *pages() {
      const sql = `SELECT ${SELECT_MARK} FROM ${FILE} WHERE slot IN (SELECT ${toTimestamp('unnest($2)')})`;
      for (const part of parts(sorted)) yield { sql, values: [part.map(BigInt)], meters: null };
    },
    rows: (_file, chunk) => (i) => markAt(chunk, i),
    ordered: (rows) => rows,
  };
}

export function ofKeysQuery(keys: readonly ReadingKey[]): ArchiveQuery<StoredReading> {
  const once = new Map(
    keys.filter(({ slot }) => Number.isSafeInteger(slot)).map((key) => [`${key.meter} ${key.slot}`, key]),
  );
  const sorted = [...once.values()].sort((a, b) => (a.meter < b.meter ? -1 : 1));
  return {
    *pages({ columns }) {
      const wanted = `(SELECT unnest($2) AS meter, ${toTimestamp('unnest($3)')} AS slot)`;
      const sql = `SELECT ${selectReading(quantitiesOf(columns))} FROM ${FILE} JOIN ${wanted} USING (meter, slot)`;
      for (const part of parts(sorted)) {
        const meters = part.map(({ meter }) => meter);
        yield { sql, values: [meters, part.map(({ slot }) => BigInt(slot))], meters: [...new Set(meters)] };
      }
    },
    rows: readings,
    ordered: (rows) => rows,
  };
}

function readings({ columns }: TaskFile, chunk: readonly Cells[]): (i: number) => StoredReading {
  const quantities = quantitiesOf(columns);
  return (i) => readingAt(chunk, i, quantities);
}

function quantitiesOf(columns: TaskFile['columns']) {
  return quantitiesAmong(columns.map(({ name }) => name));
}

/** Each once; what is no whole number names no slot. */
function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].filter(Number.isSafeInteger).sort((a, b) => a - b);
}

function* parts<T>(list: readonly T[]): Generator<T[]> {
  for (let from = 0; from < list.length; from += LIST) yield list.slice(from, from + LIST);
}
