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

const SQLITE: StateDialect = { bytes: 'blob', clustered: (table) => table.modifyEnd(sql`without rowid`) };

/**
 * State in one SQLite file. With `readOnly` or `beside` another process makes it, now or later: until the file and its
 * tables are there, every answer is empty. `beside` may write once they are there; before that its writes reject with
 * `store_not_there`. A file of a newer program is refused.
 */
export async function openSqliteStateStore(
  path: string,
  options: { readonly readOnly?: boolean; readonly beside?: boolean } = {},
): Promise<StateStore> {
  if (options.beside) return openBeside(path);
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
  const there = new WhenThere(path, (client) => readyDatabase(client, path));
  const refuse = (): Promise<never> =>
    Promise.reject(new MeterwayError(`cannot write to ${path}: opened for reading`, { code: 'store_read_only' }));
  return sqlStateStore({ forReading: () => there.get(), forWriting: refuse, close: () => there.close() }, refuse);
}

/**
 * One connection to read and one to write, so that no reader waits with a writer for the lock of another process, and a
 * third once something is read that takes long.
 */
function openBeside(path: string): StateStore {
  const forReading = new WhenThere(path, (client) => readyDatabase(client, path));
  const forLongReading = new WhenThere(path, (client) => readyDatabase(client, path));
  const forWriting = new WhenThere(
    path,
    async (client) => {
      const db = await readyDatabase(client, path);
      return db && { db, client };
    },
    { readOnly: false },
  );
  const writer = async (): Promise<{ db: Kysely<StateTables>; client: SqliteClient }> => {
    const there = await forWriting.get();
    if (there) return there;
    throw new MeterwayError(`cannot write to ${path}: its tables are not there yet; is the gateway running?`, {
      code: 'store_not_there',
      next: 'retry',
    });
  };
  return sqlStateStore(
    {
      forReading: () => forReading.get(),
      forLongReading: () => forLongReading.get(),
      forWriting: async () => (await writer()).db,
      close: async () => {
        await Promise.all([forReading.close(), forLongReading.close(), forWriting.close()]);
      },
    },
    async (changes) => {
      const statements = commitStatements(changes);
      if (statements.length > 0) await (await writer()).client.transaction(statements);
    },
  );
}

/** Null while nobody has made the tables. */
async function readyDatabase(client: SqliteClient, path: string): Promise<Kysely<StateTables> | null> {
  const db = database(client);
  return (await isReady(db, path)) ? db : null;
}

function database(client: SqliteClient): Kysely<StateTables> {
  return new Kysely<StateTables>({ dialect: new WorkerSqliteDialect(client) });
}
