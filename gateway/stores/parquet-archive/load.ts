import type { DuckDBConnection } from '@duckdb/node-api';
import type { QuantityName } from '#contract/quantities.ts';
import type { ColumnsResult } from '#platform/sqlite/protocol.ts';
import { LEAD } from '../sqlite-readings/layout.ts';
import type { Duck } from './duckdb.ts';
import type { SealedMonth, SealedTask } from './sealed-month.ts';

/** Table of the meters: `id` as in the sealed file, higher ones for those that only the generation before knows. */
export async function loadMeters(
  duck: Duck,
  connection: DuckDBConnection,
  sealed: SealedMonth,
  before: readonly string[],
): Promise<void> {
  await duck.run(connection, 'CREATE TABLE meter_ref (id INTEGER, meter VARCHAR)');
  const { count, columns } = await sealed.meters();
  const ids = Array.from(columns[0] ?? [], Number).map(BigInt);
  const meters = Array.from(columns[1] ?? [], String);
  if (count > 0) await duck.run(connection, 'INSERT INTO meter_ref SELECT unnest($1), unnest($2)', [ids, meters]);
  for (const path of before) await duck.run(connection, ADD_METERS, [path]);
}

const ADD_METERS = `
  INSERT INTO meter_ref
  SELECT (SELECT coalesce(max(id), 0) FROM meter_ref) + row_number() OVER (ORDER BY meter), meter
  FROM (SELECT DISTINCT meter FROM read_parquet($1, hive_partitioning = false))
  WHERE meter NOT IN (SELECT meter FROM meter_ref)`;

/**
 * Copies the rows of a task into the table `sealed`, as they stand in the file: all numbers are DOUBLE, which holds
 * every stored integer, NaN is none. Resolves with their number.
 */
export async function loadTask(
  duck: Duck,
  connection: DuckDBConnection,
  sealed: SealedMonth,
  task: SealedTask,
): Promise<number> {
  const numbers = [...LEAD, ...task.quantities].map((name) => `"${name}" DOUBLE`).join(', ');
  await duck.run(connection, `CREATE OR REPLACE TABLE sealed (${numbers}, rules VARCHAR)`);
  const appender = await duck.appender(connection, 'sealed', LEAD.length + task.quantities.length);
  let rows = 0;
  try {
    for await (const page of sealed.pages(task)) {
      appender.append(numbersOf(page, task.quantities), page.columns[LEAD.length] as readonly (string | null)[]);
      rows += page.count;
    }
  } finally {
    appender.close();
  }
  return rows;
}

function numbersOf({ columns }: ColumnsResult, quantities: readonly QuantityName[]): Float64Array[] {
  const values = quantities.map((_, c) => columns[LEAD.length + 1 + c]);
  return [...columns.slice(0, LEAD.length), ...values] as Float64Array[];
}
