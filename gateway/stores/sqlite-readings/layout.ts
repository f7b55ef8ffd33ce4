import type { QuantityName } from '#contract/quantities.ts';
import type { ColumnKind } from '#platform/sqlite/protocol.ts';

/** Number of the layout below, kept in `user_version`; a file with a higher one was written by a newer program. */
export const LAYOUT = 1;

/**
 * `meter_ref` gives each meter a small number; readings stand in one table per task, clustered by (slot, meter), so
 * that what arrives together is written together: clustered by (meter, slot), each row of a slot would touch a page of
 * its own and the rate falls with every slot. Instants are kept as differences to the slot, which makes them short.
 */
export const CREATE_META =
  'CREATE TABLE IF NOT EXISTS meter_ref (id INTEGER PRIMARY KEY, meter TEXT NOT NULL UNIQUE) STRICT';

const TABLE_PREFIX = 'reading:';

/**
 * Table of a task. Task ids are case-sensitive and table names are not, so a capital is written as ^ and the small
 * letter; the prefix keeps every id clear of reserved names.
 */
export function tableOf(task: string): string {
  return TABLE_PREFIX + task.replace(/[A-Z]/g, (capital) => `^${capital.toLowerCase()}`);
}

/** The task of a table of readings. */
export function taskOf(table: string): string {
  return table.slice(TABLE_PREFIX.length).replace(/\^(.)/g, (_, letter: string) => letter.toUpperCase());
}

export function quoted(name: string): string {
  return `"${name}"`;
}

export function createTable(table: string): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${quoted(table)} (slot INTEGER NOT NULL, meter INTEGER NOT NULL, ` +
    'meter_time INTEGER, read_at INTEGER NOT NULL, quality INTEGER NOT NULL, rules TEXT, ' +
    'PRIMARY KEY (slot, meter)) STRICT, WITHOUT ROWID'
  );
}

export function addColumn(table: string, quantity: QuantityName): string {
  return `ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(quantity)} INTEGER`;
}

/** Tables of readings and their columns; only quantities are wanted of them. */
export const LIST_COLUMNS =
  'SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c ' +
  `WHERE t.type = 'table' AND substr(t.name, 1, ${TABLE_PREFIX.length}) = '${TABLE_PREFIX}' ORDER BY t.name, c.cid`;

/** The numeric columns that every row has, in the order in which they are bound. */
export const LEAD = ['slot', 'meter', 'meter_time', 'read_at', 'quality'] as const;

/** Binds the lead, the quantities, then the rules if there are any. The first write of a key wins. */
export function insertInto(
  table: string,
  quantities: readonly QuantityName[],
  withRules: boolean,
): { sql: string; tuple: string } {
  const columns = [...LEAD, ...quantities.map(quoted), ...(withRules ? ['rules'] : [])];
  const tuple = `(${columns.map(() => '?').join(', ')})`;
  return { sql: `INSERT INTO ${quoted(table)} (${columns.join(', ')}) VALUES ${tuple} ON CONFLICT DO NOTHING`, tuple };
}

/** Columns of a whole reading: lead, rules, quantities. */
export function selectList(quantities: readonly QuantityName[], alias: string): string {
  return [...LEAD, 'rules', ...quantities.map(quoted)].map((column) => `${alias}.${column}`).join(', ');
}

export function selectKinds(quantities: readonly QuantityName[]): ColumnKind[] {
  return [...LEAD.map(() => 'number' as const), 'text', ...quantities.map(() => 'number' as const)];
}
