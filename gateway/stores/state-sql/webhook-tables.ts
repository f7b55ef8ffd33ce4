import type { Kysely } from 'kysely';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface WebhookTables {
  webhook: {
    id: string;
    name: string;
    url: string;
    types_json: string | null;
    districts_json: string | null;
    per_minute: number;
    secret: string;
    previous_secret: string | null;
    previous_until: number | null;
    disabled_why: string | null;
    created_by: string;
    created_at: number;
    position: number;
  };
  webhook_delivery: {
    webhook: string;
    id: string;
    positions_json: string;
    /** Of its first event. */
    position: number;
    state: string;
    created_at: number;
    attempts: number;
    next_at: number;
    last_at: number | null;
    last_status: number | null;
    last_error: string;
  };
  webhook_sender: { id: number; holder: string; until: number };
}

/** Who is told events, what is on its way to whom, and which process sends. */
export async function createWebhookTables(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  await required(entity(db, 'webhook'), {
    name: 'text',
    url: 'text',
    per_minute: 'integer',
    secret: 'text',
    created_by: 'text',
    created_at: 'bigint',
    position: 'bigint',
  })
    .addColumn('types_json', 'text')
    .addColumn('districts_json', 'text')
    .addColumn('previous_secret', 'text')
    .addColumn('previous_until', 'bigint')
    .addColumn('disabled_why', 'text')
    .execute();
  await required(schema.createTable('webhook_delivery'), {
    webhook: 'text',
    id: 'text',
    positions_json: 'text',
    position: 'bigint',
    state: 'text',
    created_at: 'bigint',
    attempts: 'integer',
    next_at: 'bigint',
    last_error: 'text',
  })
    .addColumn('last_at', 'bigint')
    .addColumn('last_status', 'integer')
    .addPrimaryKeyConstraint('webhook_delivery_key', ['webhook', 'id'])
    .execute();
  await schema
    .createIndex('webhook_delivery_due')
    .on('webhook_delivery')
    .columns(['state', 'webhook', 'next_at', 'position'])
    .execute();
  await schema
    .createIndex('webhook_delivery_newest')
    .on('webhook_delivery')
    .columns(['webhook', 'created_at', 'id'])
    .execute();
  await required(
    schema.createTable('webhook_sender').addColumn('id', 'integer', (c) => c.primaryKey()),
    { holder: 'text', until: 'bigint' },
  ).execute();
}
