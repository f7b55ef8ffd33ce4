import type { Param, Statement } from '#platform/sqlite/protocol.ts';
import type { DayProgress } from '../schedule/progress.ts';
import { progressCrc, recordCrc } from './checksum.ts';
import type { Range } from './ranges.ts';
import type { SpoolRecord } from './record.ts';

export const SCHEMA: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, stream TEXT NOT NULL, ' +
    'task TEXT NOT NULL, job TEXT, columns TEXT NOT NULL, cells TEXT NOT NULL, crc INTEGER)',
  'CREATE TABLE IF NOT EXISTS progress (task TEXT, meter TEXT, date TEXT, bits BLOB NOT NULL, crc INTEGER, ' +
    'PRIMARY KEY (task, meter, date)) WITHOUT ROWID',
  // Records that the disk gave back changed, for whoever looks.
  'CREATE TABLE IF NOT EXISTS damaged (seq INTEGER, found_at INTEGER, at, stream, task, job, columns, cells, crc)',
];

/** What files of earlier programs lack. */
export const LATER_COLUMNS: readonly (readonly [table: string, column: string, type: string])[] = [
  ['record', 'job', 'TEXT'],
  ['record', 'crc', 'INTEGER'],
  ['progress', 'crc', 'INTEGER'],
];

const INSERT = 'INSERT INTO record (seq, at, stream, task, job, columns, cells, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
const SETTLE =
  'INSERT INTO progress (task, meter, date, bits, crc) VALUES (?, ?, ?, ?, ?) ' +
  'ON CONFLICT (task, meter, date) DO UPDATE SET bits = excluded.bits, crc = excluded.crc';

/** A damaged number may be larger than a program can take, and one bad record must not keep others from being read. */
function bounded(column: 'at' | 'crc'): string {
  const most = Number.MAX_SAFE_INTEGER;
  return `MIN(MAX(${column}, ${-most}), ${most}) AS ${column}`;
}

/** Records of a range of rows, at most so many, ascending: as `RecordRow`. */
export const READ =
  `SELECT seq AS row, ${bounded('at')}, stream, task, job, columns, cells, ${bounded('crc')} ` +
  'FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?';

/** The same without what the records say. */
export const READ_HEADS = `SELECT seq AS row, ${bounded('at')}, stream, task, job FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`;

/** What is written in one append. */
export interface Appended {
  readonly records: readonly SpoolRecord[];
  readonly settled: readonly DayProgress[];
  /** When the records were first written, UTC ms, if that was in another file. */
  readonly writtenAt?: readonly number[];
  /** Records that were found damaged on the way here. */
  readonly damaged?: number;
  /** Written in the same transaction. */
  readonly also?: readonly Statement[];
}

/** The writes of a group of appends, numbered on from `lastRow`, and the last number given. */
export function appendStatements(
  group: readonly Appended[],
  lastRow: number,
  now: number,
): { readonly statements: Statement[]; readonly lastRow: number } {
  let row = lastRow;
  const records: Param[][] = [];
  const progress = new Map<string, Param[]>();
  const also: Statement[] = [];
  for (const appended of group) {
    for (const [i, { stream, task, job = null, columns, row: cells }] of appended.records.entries()) {
      const at = appended.writtenAt?.[i] ?? now;
      const fields = { row: ++row, at, stream, task, job, columns: columns.join(' '), cells: JSON.stringify(cells) };
      records.push([row, at, stream, task, job, fields.columns, fields.cells, recordCrc(fields)]);
    }
    for (const day of appended.settled) {
      progress.set(`${day.task} ${day.meter} ${day.date}`, [day.task, day.meter, day.date, day.bits, progressCrc(day)]);
    }
    also.push(...(appended.also ?? []));
  }
  const statements = [{ sql: INSERT, rows: records }, { sql: SETTLE, rows: [...progress.values()] }, ...also];
  return { statements, lastRow: row };
}

export function deleteRanges(ranges: readonly Range[]): Statement {
  return { sql: 'DELETE FROM record WHERE seq BETWEEN ? AND ?', rows: ranges.map(([from, to]) => [from, to]) };
}

export function deleteRows(rows: readonly number[]): Statement {
  return { sql: 'DELETE FROM record WHERE seq = ?', rows: rows.map((row) => [row]) };
}

/** Damaged records that are kept. */
const MOST_DAMAGED = 1000;

/** Moves records out of the way of the others. */
export function setAside(rows: readonly number[], foundAt: number): Statement[] {
  return [
    {
      sql:
        'INSERT INTO damaged SELECT seq, ?, at, stream, task, job, columns, cells, crc FROM record WHERE seq = ? ' +
        `AND (SELECT COUNT(*) FROM damaged) < ${MOST_DAMAGED}`,
      rows: rows.map((row) => [foundAt, row]),
    },
    deleteRows(rows),
  ];
}
