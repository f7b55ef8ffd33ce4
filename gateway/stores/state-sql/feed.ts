import { type Kysely, sql, type Transaction } from 'kysely';
import type { FeedContent, FeedEntry, FeedStore } from '../feed-store.ts';
import type { StateAccess } from './access.ts';
import { contentOf, feedText } from './feed-text.ts';
import type { StateTables } from './tables.ts';

export class SqlFeed implements FeedStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  after(position: number, limit: number): Promise<FeedEntry[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('feed')
        .selectAll()
        .where('position', '>', position)
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ position: row.position, content: contentOf(row.content_json) }));
    });
  }

  range(): Promise<{ oldest: number; newest: number }> {
    return this.#access.read({ oldest: 0, newest: 0 }, newestOf);
  }

  forgetUpTo(position: number): Promise<void> {
    return this.#access.write(async (db) => {
      await db.deleteFrom('feed').where('position', '<=', position).execute();
    });
  }
}

async function newestOf(db: Kysely<StateTables>): Promise<{ oldest: number; newest: number }> {
  const { rows } = await sql<{ oldest: number | null; newest: number | null }>`
    select (select min(position) from feed) as oldest,
      (select seq from sqlite_sequence where name = 'feed') as newest`.execute(db);
  return { oldest: rows[0]?.oldest ?? 0, newest: rows[0]?.newest ?? 0 };
}

/** Adds an entry to the feed, in the transaction of the change that it tells. */
export async function tell(trx: Transaction<StateTables>, content: FeedContent): Promise<void> {
  const text = feedText(content);
  const before = await trx.selectFrom('feed').select('total').orderBy('position', 'desc').limit(1).executeTakeFirst();
  await trx
    .insertInto('feed')
    .values({ content_json: text, total: (before?.total ?? 0) + text.length })
    .execute();
}
