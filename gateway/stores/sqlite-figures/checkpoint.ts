import type { Statement } from '#platform/sqlite/protocol.ts';
import type { FiguresCheckpoint } from '../figures-store.ts';

const INTO_CHUNK =
  'INSERT INTO chunk (task, date, name, chunk, version, bytes) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ' +
  '(task, date, name, chunk) DO UPDATE SET version = excluded.version, bytes = excluded.bytes';
const INTO_DAY =
  'INSERT INTO day (task, date, slots_json, row_count, version, basis) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ' +
  '(task, date) DO UPDATE SET slots_json = excluded.slots_json, row_count = excluded.row_count, ' +
  'version = excluded.version, basis = excluded.basis';
const INTO_AREA_DAY =
  'INSERT INTO area_day (date, area, content_json) VALUES (?, ?, ?) ON CONFLICT (date, area) ' +
  'DO UPDATE SET content_json = excluded.content_json';

/** What writes a checkpoint, as one transaction. */
export function checkpointStatements(changes: FiguresCheckpoint): Statement[] {
  const { position, days, chunks, findings, areaDays } = changes;
  const statements: Statement[] = [
    {
      sql: 'INSERT INTO figures (id, position) VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET position = excluded.position',
      rows: [[position]],
    },
    {
      sql: INTO_DAY,
      rows: days.map(({ task, date, slots, rows, version, basis = '' }) => [
        ...[task, date, JSON.stringify(slots), rows, version, basis],
      ]),
    },
    {
      sql: INTO_CHUNK,
      rows: chunks.map(({ task, date, column, chunk, version, bytes }) => [task, date, column, chunk, version, bytes]),
    },
    {
      sql: 'DELETE FROM finding WHERE task = ? AND slot = ? AND meter = ?',
      rows: findings.of.map(({ task, slot, meter }) => [task, slot, meter]),
    },
    {
      sql: 'INSERT INTO finding (task, slot, meter, rule, facts_json) VALUES (?, ?, ?, ?, ?)',
      rows: findings.found.map(({ task, slot, meter, rule, facts }) => [
        task,
        slot,
        meter,
        rule,
        JSON.stringify(facts),
      ]),
    },
    {
      sql: INTO_AREA_DAY,
      rows: areaDays.map(({ date, area, content }) => [date, area, JSON.stringify(content)]),
    },
  ];
  return statements.filter((statement) => 'rows' in statement && statement.rows.length > 0);
}
