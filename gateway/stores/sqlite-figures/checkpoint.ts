import type { Statement } from '#platform/sqlite/protocol.ts';
import type { FiguresCheckpoint } from '../figures-store.ts';
import { rowSum } from './row-sum.ts';

const INTO_CHUNK =
  'INSERT INTO chunk (task, date, name, chunk, version, bytes, sum) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ' +
  '(task, date, name, chunk) DO UPDATE SET version = excluded.version, bytes = excluded.bytes, sum = excluded.sum';
const INTO_DAY =
  'INSERT INTO day (task, date, slots_json, row_count, version, basis, sum) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ' +
  '(task, date) DO UPDATE SET slots_json = excluded.slots_json, row_count = excluded.row_count, ' +
  'version = excluded.version, basis = excluded.basis, sum = excluded.sum';
const INTO_AREA_DAY =
  'INSERT INTO area_day (date, area, content_json, sum) VALUES (?, ?, ?, ?) ON CONFLICT (date, area) ' +
  'DO UPDATE SET content_json = excluded.content_json, sum = excluded.sum';

/** What writes a checkpoint, as one transaction. */
export function checkpointStatements(changes: FiguresCheckpoint): Statement[] {
  const { position, days, chunks, findings, areaDays } = changes;
  const statements: Statement[] = [
    {
      sql: 'INSERT INTO figures (id, position, sum) VALUES (0, ?, ?) ON CONFLICT (id) DO UPDATE SET position = excluded.position, sum = excluded.sum',
      rows: [[position, rowSum([position])]],
    },
    {
      sql: INTO_DAY,
      rows: days.map(({ task, date, slots, rows, version, basis = '' }) =>
        summed([task, date, JSON.stringify(slots), rows, version, basis]),
      ),
    },
    {
      sql: INTO_CHUNK,
      rows: chunks.map(({ task, date, column, chunk, version, bytes }) => [
        ...[task, date, column, chunk, version, bytes],
        rowSum([task, date, column, chunk, version], bytes),
      ]),
    },
    {
      sql: 'DELETE FROM finding WHERE task = ? AND slot = ? AND meter = ?',
      rows: findings.of.map(({ task, slot, meter }) => [task, slot, meter]),
    },
    {
      sql: 'INSERT INTO finding (task, slot, meter, rule, facts_json, sum) VALUES (?, ?, ?, ?, ?, ?)',
      rows: findings.found.map(({ task, slot, meter, rule, facts }) =>
        summed([task, slot, meter, rule, JSON.stringify(facts)]),
      ),
    },
    {
      sql: INTO_AREA_DAY,
      rows: areaDays.map(({ date, area, content }) => summed([date, area, JSON.stringify(content)])),
    },
  ];
  return statements.filter((statement) => 'rows' in statement && statement.rows.length > 0);
}

function summed(values: readonly (string | number)[]): (string | number)[] {
  return [...values, rowSum(values)];
}
