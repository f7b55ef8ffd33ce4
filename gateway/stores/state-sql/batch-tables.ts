import type { Kysely } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface BatchTables {
  billing_batch: BatchTable;
  billing_correction: {
    batch: string;
    seq: number;
    meter: string;
    revision: number;
    at: number;
    row_json: string;
  };
}

interface BatchTable {
  id: string;
  district: string | null;
  period: string | null;
  date: string;
  task: string;
  slot: number;
  asked_by: string;
  idempotency_key: string | null;
  created_at: number;
  state: string;
  progress: number;
  detail: string;
  ready_at: number | null;
  row_count: number | null;
  sha256: string | null;
  counts_json: string;
  previous: string | null;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
}

/** Billing batches and later words on their rows. The rows themselves are files. */
export async function createBatchTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  const { schema } = db;
  await required(entity(db, 'billing_batch'), {
    date: 'text',
    task: 'text',
    slot: 'bigint',
    asked_by: 'text',
    created_at: 'bigint',
    state: 'text',
    progress: 'double precision',
    detail: 'text',
    counts_json: 'text',
  })
    .addColumn('district', 'text')
    .addColumn('period', 'text')
    .addColumn('idempotency_key', 'text')
    .addColumn('ready_at', 'bigint')
    .addColumn('row_count', 'bigint')
    .addColumn('sha256', 'text')
    .addColumn('previous', 'text')
    .addColumn('acknowledged_at', 'bigint')
    .addColumn('acknowledged_by', 'text')
    .execute();
  // Rows without a name are all different to both databases.
  await schema
    .createIndex('billing_batch_request')
    .unique()
    .on('billing_batch')
    .columns(['asked_by', 'idempotency_key'])
    .execute();
  await schema.createIndex('billing_batch_age').on('billing_batch').columns(['created_at', 'id']).execute();
  await schema.createIndex('billing_batch_slot').on('billing_batch').columns(['task', 'slot']).execute();
  await schema.createIndex('billing_batch_previous').on('billing_batch').column('previous').execute();
  await dialect
    .clustered(
      required(schema.createTable('billing_correction'), {
        batch: 'text',
        seq: 'integer',
        meter: 'text',
        revision: 'integer',
        at: 'bigint',
        row_json: 'text',
      }).addPrimaryKeyConstraint('billing_correction_key', ['batch', 'seq']),
    )
    .execute();
  await schema
    .createIndex('billing_correction_meter')
    .unique()
    .on('billing_correction')
    .columns(['batch', 'meter', 'revision'])
    .execute();
}
