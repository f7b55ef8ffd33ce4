import { Kysely, sql } from 'kysely';
import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { WorkerSqliteDialect } from '#platform/sqlite/kysely-dialect.ts';
import { WhenThere } from '#platform/sqlite/when-there.ts';
import { isReady, migrate, type StateDialect } from '../state-sql/migrations.ts';
import { sqlStateStore } from '../state-sql/store.ts';
import type { StateTables } from '../state-sql/tables.ts';
import type { StateStore } from '../state-store.ts';
import { commitStatements } from './ledger-commit.ts';

const SQLITE: StateDialect = { clustered: (table) => table.modifyEnd(sql`without rowid`) };

/**
 * State in one SQLite file. With `readOnly` another process writes it, now or later: until the file and its tables are
 * there, every answer is empty. A file of a newer program is refused.
 */
export async function openSqliteStateStore(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<StateStore> {
  return options.readOnly ? openForReading(path) : openForWriting(path);
}

async function openForWriting(path: string): Promise<StateStore> {
  const client = await SqliteClient.open(path);
  const db = database(client);
  try {
    await migrate(db, SQLITE, path);
  } catch (error) {
    await client.close();
    throw error;
  }
  return sqlStateStore(
    { forReading: async () => db, forWriting: async () => db, close: () => client.close() },
    async (changes) => {
      const statements = commitStatements(changes);
      if (statements.length > 0) await client.transaction(statements);
    },
  );
}

function openForReading(path: string): StateStore {
  const there = new WhenThere(path, async (client) => {
    const db = database(client);
    return (await isReady(db, path)) ? db : null;
  });
  const refuse = (): Promise<never> =>
    Promise.reject(new MeterwayError(`cannot write to ${path}: opened for reading`, { code: 'store_read_only' }));
  return sqlStateStore({ forReading: () => there.get(), forWriting: refuse, close: () => there.close() }, refuse);
}

function database(client: SqliteClient): Kysely<StateTables> {
  return new Kysely<StateTables>({ dialect: new WorkerSqliteDialect(client) });
}
