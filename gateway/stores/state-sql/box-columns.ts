import type { Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** NULL, and left out of a row that is written, where the registry does not say. */
export interface MeterBoxColumns {
  branch?: string | null | undefined;
  box?: string | null | undefined;
}

/** Where inside its area a meter hangs. */
export async function addBoxColumns(db: Kysely<StateTables>): Promise<void> {
  for (const column of ['branch', 'box'] as const) {
    await db.schema.alterTable('meter').addColumn(column, 'text').execute();
  }
}
