import type { Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** NULL, and left out of a row that is written, where the registry does not say. */
export interface AccountContractColumns {
  contract_kw?: number | null | undefined;
}

/** What an account may take by its contract. */
export async function addContractColumn(db: Kysely<StateTables>): Promise<void> {
  await db.schema.alterTable('account').addColumn('contract_kw', 'double precision').execute();
}
