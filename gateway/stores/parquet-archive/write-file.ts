import type { DuckDBConnection } from '@duckdb/node-api';
import { QUALITIES } from '#contract/quality.ts';
import { QUANTITY_NAMES, type QuantityName, quantity } from '#contract/quantities.ts';
import { type Duck, exactPath, rowsOfFile } from './duckdb.ts';
import { toStanding, toTimestamp } from './task-columns.ts';

/** DuckDB's own size: a meter's month of quarter hours is a fortieth of it, a month of minutes a third. */
const ROW_GROUP_ROWS = 122_880;

/** A file of the generation before and what it holds of quantities. */
export interface FileBefore {
  readonly path: string;
  readonly quantities: readonly QuantityName[];
}

export interface FileOrder {
  readonly task: string;
  readonly month: string;
  readonly path: string;
  /** Quantities of the table `sealed`, null when the task has no new rows. */
  readonly sealed: readonly QuantityName[] | null;
  readonly before: FileBefore | null;
}

/** Quantities of both sources, in the order of the contract. */
export function quantitiesOf({ sealed, before }: Pick<FileOrder, 'sealed' | 'before'>): QuantityName[] {
  const wanted = new Set<QuantityName>([...(sealed ?? []), ...(before?.quantities ?? [])]);
  return QUANTITY_NAMES.filter((name) => wanted.has(name));
}

/** Once for all files: meters sort by their place in this type, which is faster than by their names. */
export async function nameMeters(duck: Duck, connection: DuckDBConnection): Promise<void> {
  await duck.run(connection, 'CREATE TYPE meter_name AS ENUM (SELECT meter FROM meter_ref ORDER BY meter)');
}

/** Writes the rows of both sources, sorted by meter and slot; of a key that both have, the row that was there before. */
export async function writeTaskFile(duck: Duck, connection: DuckDBConnection, order: FileOrder): Promise<void> {
  const quantities = quantitiesOf(order);
  const parts = [order.before ? selectBefore(order.before, quantities) : [], selectSealed(order, quantities)].flat();
  const values = quantities.map((name) => `, "${name}"`).join('');
  const rows = `SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY meter, slot`;
  const sql =
    `COPY (SELECT meter::VARCHAR AS meter, slot, meter_time, read_at, quality, rules${values} FROM (${rows})) ` +
    `TO ${literal(order.path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, ` +
    `KV_METADATA {task: ${literal(order.task)}, month: ${literal(order.month)}, units: ${literal(unitsOf(quantities))}})`;
  await duck.run(connection, sql, order.before ? [exactPath(order.before.path)] : []);
}

function selectBefore(before: FileBefore, quantities: readonly QuantityName[]): string[] {
  const values = quantities.map((name) => (before.quantities.includes(name) ? `, "${name}"` : `, NULL AS "${name}"`));
  return [
    `SELECT meter::meter_name AS meter, slot, meter_time, read_at, quality, rules${values.join('')} FROM ${rowsOfFile(1)}`,
  ];
}

function selectSealed({ sealed, before }: FileOrder, quantities: readonly QuantityName[]): string[] {
  if (!sealed) return [];
  const names = QUALITIES.map((each) => `'${each}'`).join(', ');
  const values = quantities.map((name) => {
    return `, ${sealed.includes(name) ? toStanding(name, `s."${name}"`) : 'NULL'} AS "${name}"`;
  });
  const slot = toTimestamp('s.slot');
  const select =
    `SELECT m.meter::meter_name AS meter, ${slot} AS slot, ` +
    `${toTimestamp(`s.slot + nullif(s.meter_time, 'NaN'::DOUBLE)`)} AS meter_time, ` +
    `${toTimestamp('s.slot + s.read_at')} AS read_at, ([${names}])[s.quality::INTEGER + 1] AS quality, ` +
    `nullif(s.rules, '') AS rules${values.join('')} FROM sealed AS s JOIN meter_ref AS m ON m.id = s.meter::INTEGER`;
  if (!before) return [select];
  return [
    `${select} WHERE NOT EXISTS (SELECT 1 FROM ${rowsOfFile(1)} AS b WHERE b.meter = m.meter AND b.slot = ${slot})`,
  ];
}

/** Units of the columns as JSON, kept in the metadata of the file for whoever opens it. */
function unitsOf(quantities: readonly QuantityName[]): string {
  return JSON.stringify(Object.fromEntries(quantities.map((name) => [name, quantity(name).unit])));
}

/** COPY takes no bound values. These are ids and paths of ours. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
