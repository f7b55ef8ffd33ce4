import type { Kysely } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface CollectionTables {
  exclusion: {
    id: string;
    scope_kind: string;
    scope_id: string;
    from_date: string;
    to_date: string | null;
    reason: string;
    by_whom: string;
    at: number;
    ended_at: number | null;
    ended_by: string | null;
  };
  failure_case: {
    id: string;
    revision: number;
    state: string;
    note: string;
    assignee: string | null;
    by_whom: string;
    at: number;
  };
  /** `cells` is compressed (raw DEFLATE). */
  day_report: { task: string; date: string; closed_at: number; codes_json: string; cells: Uint8Array };
}

/** What people decide about collection, and what was reported. */
export async function createCollectionTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  const { schema } = db;
  await required(entity(db, 'exclusion'), {
    scope_kind: 'text',
    scope_id: 'text',
    from_date: 'text',
    reason: 'text',
    by_whom: 'text',
    at: 'bigint',
  })
    .addColumn('to_date', 'text')
    .addColumn('ended_at', 'bigint')
    .addColumn('ended_by', 'text')
    .execute();
  await required(entity(db, 'failure_case'), {
    revision: 'integer',
    state: 'text',
    note: 'text',
    by_whom: 'text',
    at: 'bigint',
  })
    .addColumn('assignee', 'text')
    .execute();
  // A table with rowids: its rows are large, and only their dates are listed.
  await required(schema.createTable('day_report'), {
    task: 'text',
    date: 'text',
    closed_at: 'bigint',
    codes_json: 'text',
  })
    .addColumn('cells', dialect.bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('day_report_key', ['task', 'date'])
    .execute();
}
