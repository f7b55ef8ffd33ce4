import type { Param, Statement } from '#platform/sqlite/protocol.ts';
import type { DayProgress } from '../schedule/progress.ts';
import type { SpoolRecord, StoredRecord } from './record.ts';

const INSERT = 'INSERT INTO record (seq, at, stream, task, job, columns, cells) VALUES (?, ?, ?, ?, ?, ?, ?)';
const SETTLE =
  'INSERT INTO progress (task, meter, date, bits) VALUES (?, ?, ?, ?) ' +
  'ON CONFLICT (task, meter, date) DO UPDATE SET bits = excluded.bits';

/** Records from a number on, at most so many, ascending. */
export const READ = 'SELECT seq, stream, task, job, columns, cells FROM record WHERE seq >= ? ORDER BY seq LIMIT ?';

/** A record as the file holds it. */
export interface RecordRow {
  readonly seq: number;
  readonly stream: string;
  readonly task: string;
  readonly job: string | null;
  readonly columns: string;
  readonly cells: string;
}

export function storedRecord({ seq, stream, task, job, columns, cells }: RecordRow): StoredRecord {
  return {
    seq,
    stream: stream as SpoolRecord['stream'],
    task,
    ...(job !== null && { job }),
    columns: columns.split(' '),
    row: JSON.parse(cells) as unknown[],
  };
}

/** What is written in one append. */
export interface Appended {
  readonly records: readonly SpoolRecord[];
  readonly settled: readonly DayProgress[];
}

export function metaStatement(entries: readonly (readonly [key: string, value: string])[]): Statement {
  return {
    sql: 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    rows: entries,
  };
}

/** The writes of a group of appends, numbered on from `lastSeq`, and the last number given. */
export function statementsOf(
  group: readonly Appended[],
  lastSeq: number,
  at: number,
): { readonly statements: Statement[]; readonly lastSeq: number } {
  let seq = lastSeq;
  const records: Param[][] = [];
  const progress = new Map<string, Param[]>();
  for (const { records: added, settled } of group) {
    for (const { stream, task, job, columns, row } of added) {
      records.push([++seq, at, stream, task, job ?? null, columns.join(' '), JSON.stringify(row)]);
    }
    for (const day of settled) {
      progress.set(`${day.task} ${day.meter} ${day.date}`, [day.task, day.meter, day.date, day.bits]);
    }
  }
  const statements = [
    { sql: INSERT, rows: records },
    { sql: SETTLE, rows: [...progress.values()] },
    metaStatement([['lastSeq', String(seq)]]),
  ];
  return { statements, lastSeq: seq };
}

/** Numbers everything held from 1 on, by way of negative numbers, none of which is taken. */
export function renumbered(shift: number): Statement[] {
  return [
    { sql: 'UPDATE record SET seq = -seq', rows: [] },
    { sql: 'UPDATE record SET seq = -seq - ?', rows: [[shift]] },
  ];
}
