import type { CreateTableBuilder, Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** Types that SQLite and PostgreSQL have under the same name. */
type ColumnType = 'text' | 'integer' | 'bigint' | 'double precision';

/** A table whose key is its text `id`; SQLite lets a primary key be NULL unless it is told otherwise. */
export function entity<T extends keyof StateTables>(db: Kysely<StateTables>, table: T): CreateTableBuilder<T, 'id'> {
  return db.schema.createTable(table).addColumn('id', 'text', (c) => c.primaryKey().notNull());
}

/** Adds columns that may not be NULL. */
export function required<T extends string, C extends string, N extends string>(
  table: CreateTableBuilder<T, C>,
  columns: Readonly<Record<N, ColumnType>>,
): CreateTableBuilder<T, C | N> {
  let built: CreateTableBuilder<T, C | N> = table;
  for (const [name, type] of Object.entries(columns) as [N, ColumnType][]) {
    built = built.addColumn(name, type, (c) => c.notNull());
  }
  return built;
}
