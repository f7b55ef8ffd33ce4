import type { Generated, Kysely } from 'kysely';
import { required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface EventTables {
  centre_event: {
    position: Generated<number>;
    id: string;
    type: string;
    at: number;
    committed_at: number;
    evidence_at: number | null;
    district: string | null;
    subject: string;
    data_json: string;
  };
  event_reader: { reader: string; position: number };
}

/** What the centre tells the outside, and how far those who pass it on have come. */
export async function createEventTables(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  // A position is never given twice, also when all events are gone.
  await required(
    schema.createTable('centre_event').addColumn('position', 'integer', (c) => c.primaryKey().autoIncrement()),
    { id: 'text', type: 'text', at: 'bigint', committed_at: 'bigint', subject: 'text', data_json: 'text' },
  )
    .addColumn('evidence_at', 'bigint')
    .addColumn('district', 'text')
    .execute();
  await schema.createIndex('centre_event_committed').on('centre_event').column('committed_at').execute();
  await schema.createIndex('centre_event_subject').on('centre_event').columns(['subject', 'position']).execute();
  await schema
    .createTable('event_reader')
    .addColumn('reader', 'text', (c) => c.primaryKey().notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .execute();
}
