import type { Kysely } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface RevisionTables {
  reading_revision: {
    task: string;
    slot: number;
    meter: string;
    revision: number;
    kind: string;
    method: string | null;
    values_json: string | null;
    reason: string;
    by_whom: string;
    at: number;
  };
}

/** Edits and estimates of readings. */
export async function createRevisionTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  await dialect
    .clustered(
      required(db.schema.createTable('reading_revision'), {
        task: 'text',
        slot: 'bigint',
        meter: 'text',
        revision: 'integer',
        kind: 'text',
        reason: 'text',
        by_whom: 'text',
        at: 'bigint',
      })
        .addColumn('method', 'text')
        .addColumn('values_json', 'text')
        .addPrimaryKeyConstraint('reading_revision_key', ['task', 'slot', 'meter', 'revision']),
    )
    .execute();
}
