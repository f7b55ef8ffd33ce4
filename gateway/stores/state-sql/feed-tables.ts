import type { Generated, Kysely } from 'kysely';
import { required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface FeedTables {
  feed: {
    position: Generated<number>;
    content_json: string;
    /** Characters of this entry and of those before it, counted from some entry on. */
    total: number;
  };
  /** Row 0 is the first meter that was ever given one. */
  meter_row: { meter: string; row: number };
}

/** Changes for those who keep figures, and the rows under which they keep meters. */
export async function createFeedTables(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  // A position is never given twice, also when all entries are gone.
  await required(
    schema.createTable('feed').addColumn('position', 'integer', (c) => c.primaryKey().autoIncrement()),
    { content_json: 'text', total: 'integer' },
  ).execute();
  await schema
    .createTable('meter_row')
    .addColumn('row', 'integer', (c) => c.primaryKey().notNull())
    .addColumn('meter', 'text', (c) => c.notNull().unique())
    .execute();
}
