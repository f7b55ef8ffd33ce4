import type { Kysely } from 'kysely';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

/** Requests to collectors to send again what they hold. */
export async function createReplayTable(db: Kysely<StateTables>): Promise<void> {
  await required(entity(db, 'replay'), { collector: 'text', since: 'bigint', requested_at: 'bigint' })
    .addColumn('taken_at', 'bigint')
    .addColumn('result_rows', 'bigint')
    .execute();
  await db.schema.createIndex('replay_age').on('replay').columns(['requested_at', 'id']).execute();
}
