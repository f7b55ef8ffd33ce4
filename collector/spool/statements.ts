import type { Param, Statement } from '#platform/sqlite/protocol.ts';
import type { DayProgress } from '../schedule/progress.ts';
import type { SpoolRecord } from './record.ts';

const INSERT = 'INSERT INTO record (seq, at, stream, task, columns, cells) VALUES (?, ?, ?, ?, ?, ?)';
const SETTLE =
  'INSERT INTO progress (task, meter, date, bits) VALUES (?, ?, ?, ?) ' +
  'ON CONFLICT (task, meter, date) DO UPDATE SET bits = excluded.bits';

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
    for (const { stream, task, columns, row } of added) {
      records.push([++seq, at, stream, task, columns.join(' '), JSON.stringify(row)]);
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
