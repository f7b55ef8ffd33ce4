import { existsSync } from 'node:fs';
import { MeterwayError } from '#platform/errors.ts';
import { syncFolder } from '#platform/files.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { addMonths, MONTHS_END, type Month, monthOf, monthStart } from '../months.ts';
import type { StoreLog } from '../store-log.ts';
import { Catalogue, type TaskTable } from './catalogue.ts';
import { faultOf, isDamage, setAside } from './damage.ts';
import { firstReleasePath, openPath, removeDatabase } from './folder.ts';
import { LEAD, quoted, taskOf } from './layout.ts';
import { layoutOf, openToWrite, type ReadingFile } from './month-file.ts';

const DAY_MS = 86_400_000;

/**
 * Carries the one file of the first release over into months. It is removed at the very end, after its rows have been
 * counted in their new places: killed in between, this is done again and finds what is there already. Needs as much
 * room on the disk as the file takes.
 */
export async function carryOver(folder: string, log: StoreLog): Promise<void> {
  const path = firstReleasePath(folder);
  if (!existsSync(path)) {
    // All that a killed removal may have left.
    removeDatabase(path);
    return;
  }
  try {
    const tables = await tablesOf(path);
    const months = [...new Set(tables.flatMap((table) => [...table.months]))].sort();
    log.info({ path, months: months.length }, 'readings of the first release are carried over into months');
    for (const month of months) {
      const rows = await carryMonth(path, folder, month, tables);
      if (rows > 0) log.info({ month, rows }, 'a month has been carried over');
    }
    syncFolder(folder);
    const strays = tables.reduce((sum, table) => sum + table.strays, 0);
    if (strays > 0) return setAside(path, `${strays} of its readings lie in no year from 1970 to 9999`, log);
    removeDatabase(path);
    log.info({ path }, 'all readings of the first release have been carried over');
  } catch (error) {
    // The error names the connection, and that is the one of the month while rows are copied.
    const fault = isDamage(error) ? await faultOf(path) : null;
    if (fault === null) throw error;
    setAside(path, fault, log);
  }
}

interface OldTable extends TaskTable {
  readonly months: ReadonlySet<Month>;
  /** Rows that lie in no month. */
  readonly strays: number;
}

async function tablesOf(path: string): Promise<OldTable[]> {
  const client = await SqliteClient.open(path);
  try {
    if ((await layoutOf(client)) === 0) return [];
    const found: OldTable[] = [];
    for (const table of await new Catalogue(client).tables()) {
      // Two counts: with an OR, SQLite would read the whole table.
      const count = `SELECT COUNT(*) FROM ${quoted(table.name)} WHERE slot`;
      const sql = `SELECT (${count} < 0) + (${count} >= ?) AS "rows"`;
      const [counted] = await client.all<{ rows: number }>(sql, [MONTHS_END]);
      found.push({ ...table, months: await monthsOf(client, table), strays: counted?.rows ?? 0 });
    }
    return found;
  } finally {
    await client.close();
  }
}

/** Goes from each month to the next reading after it: the months between them may be many. */
async function monthsOf(client: SqliteClient, { name }: TaskTable): Promise<Set<Month>> {
  const months = new Set<Month>();
  const sql = `SELECT MIN(slot) AS "slot" FROM ${quoted(name)} WHERE slot >= ? AND slot < ?`;
  for (let from = 0; from < MONTHS_END; ) {
    const [next] = await client.all<{ slot: number | null }>(sql, [from, MONTHS_END]);
    if (!next || next.slot === null) break;
    const month = monthOf(next.slot);
    months.add(month);
    from = endOf(month);
  }
  return months;
}

function endOf(month: Month): number {
  return monthStart(addMonths(month, 1));
}

/** Rows of the month in the old file, all of which are in the new one afterwards. */
async function carryMonth(path: string, folder: string, month: Month, tables: readonly OldTable[]): Promise<number> {
  const from = monthStart(month);
  const to = endOf(month);
  const touched = tables.filter(({ months }) => months.has(month));
  const file = await openToWrite(openPath(folder, month));
  try {
    await file.client.query('ATTACH DATABASE ? AS old', [path]);
    await file.client.query(
      'INSERT INTO main.meter_ref (meter) SELECT meter FROM old.meter_ref WHERE true ON CONFLICT DO NOTHING',
    );
    let rows = 0;
    for (const table of touched) rows += await carryTable(file, table, from, to);
    return rows;
  } finally {
    await file.client.close();
  }
}

async function carryTable(
  file: ReadingFile,
  { name, quantities }: OldTable,
  from: number,
  to: number,
): Promise<number> {
  const { client, catalogue } = file;
  await catalogue.ensure(taskOf(name), quantities);
  const columns = [...LEAD.slice(2), 'rules', ...quantities.map(quoted)];
  const sql =
    `INSERT INTO main.${quoted(name)} (slot, meter, ${columns.join(', ')}) ` +
    `SELECT r.slot, n.id, ${columns.map((column) => `r.${column}`).join(', ')} FROM old.${quoted(name)} AS r ` +
    'JOIN old.meter_ref AS o ON o.id = r.meter JOIN main.meter_ref AS n ON n.meter = o.meter ' +
    'WHERE r.slot >= ? AND r.slot < ? ORDER BY r.slot, n.id ON CONFLICT DO NOTHING';
  for (let day = from; day < to; day += DAY_MS) await client.query(sql, [day, Math.min(to, day + DAY_MS)]);
  const count = async (schema: string): Promise<number> => {
    const counted = `SELECT COUNT(*) AS rows FROM ${schema}.${quoted(name)} WHERE slot >= ? AND slot < ?`;
    return (await client.all<{ rows: number }>(counted, [from, to]))[0]?.rows ?? 0;
  };
  const [before, after] = [await count('old'), await count('main')];
  if (after >= before) return before;
  throw new MeterwayError(
    `cannot carry ${taskOf(name)} over from ${client.path}: ${after} of ${before} rows are there; the old file is kept`,
    { code: 'store_failed' },
  );
}
