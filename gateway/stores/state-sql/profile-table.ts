import type { Kysely } from 'kysely';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

/** Meter models that the site brings itself, each as the JSON of the contract. */
export async function createProfileTable(db: Kysely<StateTables>): Promise<void> {
  await required(entity(db, 'profile'), { content_json: 'text' }).execute();
}
