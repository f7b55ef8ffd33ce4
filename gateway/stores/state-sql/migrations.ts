import type { CreateTableBuilder, Kysely } from 'kysely';
import { MeterwayError } from '#platform/errors.ts';
import { widenAnomalies } from './anomaly-tables.ts';
import { createBatchTables } from './batch-tables.ts';
import { addBoxColumns } from './box-columns.ts';
import { createCollectionTables } from './collection-tables.ts';
import { addContractColumn } from './contract-columns.ts';
import { createEventTables } from './event-tables.ts';
import { createFeedTables } from './feed-tables.ts';
import { createFirstTables } from './first-tables.ts';
import { createJobTables } from './job-tables.ts';
import { createOutageTables } from './outage-tables.ts';
import { addPlaceColumns } from './place-columns.ts';
import { createProfileTable } from './profile-table.ts';
import { createReplayTable } from './replay-table.ts';
import { addRetryColumns } from './retry-columns.ts';
import { createRevisionTables } from './revision-tables.ts';
import type { StateTables } from './tables.ts';
import { addTaskSelection } from './task-columns.ts';
import { createWebhookTables } from './webhook-tables.ts';

/** What differs between databases when tables are made. */
export interface StateDialect {
  /** Type of a column of bytes. */
  readonly bytes: 'blob' | 'bytea';
  /** Lets the rows of a table stand in the order of its key, where the database can. */
  clustered<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>;
}

interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<StateTables>, dialect: StateDialect) => Promise<void>;
}

/** In order; the place in the list, from 1, is the number. Append only: what has run somewhere is never changed. */
const MIGRATIONS: readonly Migration[] = [
  { name: 'first tables', up: createFirstTables },
  { name: 'reads on demand', up: createJobTables },
  { name: 'meter profiles', up: createProfileTable },
  { name: 'replay requests', up: createReplayTable },
  { name: 'change feed and meter rows', up: createFeedTables },
  { name: 'revisions of readings', up: createRevisionTables },
  { name: 'exclusions, failure cases and day reports', up: createCollectionTables },
  { name: 'billing batches', up: createBatchTables },
  { name: 'areas and ratios over time, makers', up: addPlaceColumns },
  { name: 'retries of tasks', up: addRetryColumns },
  { name: 'branches and boxes', up: addBoxColumns },
  { name: 'events of the centre', up: createEventTables },
  { name: 'outages of any place, plans and orders', up: createOutageTables },
  { name: 'anomalies of all rules, verdicts', up: widenAnomalies },
  { name: 'webhooks and deliveries', up: createWebhookTables },
  { name: 'contract capacity', up: addContractColumn },
  { name: 'tasks for some customers', up: addTaskSelection },
];

/** Number of the newest migration that this program knows. */
export const NEWEST = MIGRATIONS.length;

/** Brings the database up to this program, each step in a transaction of its own. */
export async function migrate(db: Kysely<StateTables>, dialect: StateDialect, what: string): Promise<void> {
  await refuseNewer(db, what);
  for (const [i, { name, up }] of MIGRATIONS.entries()) {
    await db.transaction().execute(async (trx) => {
      if ((await appliedTo(trx)) > i) return;
      await trx.schema
        .createTable('migration')
        .ifNotExists()
        .addColumn('number', 'integer', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .execute();
      await up(trx, dialect);
      await trx
        .insertInto('migration')
        .values({ number: i + 1, name })
        .execute();
    });
  }
}

/**
 * True when the tables are there, false when nobody has made any yet. Refuses a database of another release: a newer
 * one may mean other things by the same names, an older one lacks tables until its writer has been updated.
 */
export async function isReady(db: Kysely<StateTables>, what: string): Promise<boolean> {
  const applied = await refuseNewer(db, what);
  if (applied === 0 || applied === NEWEST) return applied > 0;
  throw new MeterwayError(
    `cannot read ${what}: it is at migration ${applied} and this program needs ${NEWEST}; start the updated gateway`,
    { code: 'store_older', next: 'retry' },
  );
}

async function refuseNewer(db: Kysely<StateTables>, what: string): Promise<number> {
  const applied = await appliedTo(db);
  if (applied <= NEWEST) return applied;
  throw new MeterwayError(
    `cannot use ${what}: it is at migration ${applied}, made by a newer program; this one knows up to ${NEWEST}`,
    { code: 'store_newer' },
  );
}

async function appliedTo(db: Kysely<StateTables>): Promise<number> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === 'migration')) return 0;
  const row = await db
    .selectFrom('migration')
    .select((eb) => eb.fn.max('number').as('newest'))
    .executeTakeFirst();
  return Number(row?.newest ?? 0);
}
