import type { Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** NULL but for retries and their portions. */
export interface RetryColumns {
  task: string | null;
  parent: string | null;
  estimate_s: number | null;
  rejected_json: string | null;
}

/** The task that a job reads again, whose results count as its readings. */
export async function addRetryColumns(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  for (const column of ['task', 'parent', 'rejected_json'] as const) {
    await schema.alterTable('job').addColumn(column, 'text').execute();
  }
  await schema.alterTable('job').addColumn('estimate_s', 'integer').execute();
  await schema.createIndex('job_parent').on('job').columns(['parent', 'state']).execute();
}
