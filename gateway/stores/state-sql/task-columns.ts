import type { Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** The customers that a task is for, where it is not for all meters. */
export async function addTaskSelection(db: Kysely<StateTables>): Promise<void> {
  await db.schema.alterTable('task').addColumn('for_json', 'text').execute();
}
