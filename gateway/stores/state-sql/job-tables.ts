import type { Kysely } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

/** Tables of the reads on demand. */
export async function createJobTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  const { schema } = db;
  await required(entity(db, 'job'), {
    kind: 'text',
    items_json: 'text',
    asked_by: 'text',
    request_digest: 'text',
    created_at: 'bigint',
    timeout_s: 'integer',
    state: 'text',
  })
    .addColumn('slot', 'bigint')
    .addColumn('idempotency_key', 'text')
    .addColumn('closed_at', 'bigint')
    .execute();
  // Rows without a name are all different to both databases.
  await schema.createIndex('job_request').unique().on('job').columns(['asked_by', 'idempotency_key']).execute();
  await schema.createIndex('job_state').on('job').columns(['state', 'created_at', 'id']).execute();
  await schema.createIndex('job_age').on('job').column('created_at').execute();
  await dialect
    .clustered(
      required(schema.createTable('job_read'), { job: 'text', meter: 'text', detail: 'text' })
        .addColumn('told_by', 'text')
        .addColumn('slot', 'bigint')
        .addColumn('meter_time', 'bigint')
        .addColumn('read_at', 'bigint')
        .addColumn('values_json', 'text')
        .addColumn('reason', 'text')
        .addPrimaryKeyConstraint('job_read_key', ['job', 'meter']),
    )
    .execute();
}
