import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteClient } from './client.ts';
import type { Param } from './protocol.ts';

/** Kysely over a SqliteClient: one connection, handed out to one query or transaction at a time. */
export class WorkerSqliteDialect implements Dialect {
  readonly #client: SqliteClient;

  constructor(client: SqliteClient) {
    this.#client = client;
  }

  createDriver(): Driver {
    return new WorkerSqliteDriver(this.#client);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteAdapter();
  }

  // biome-ignore lint/suspicious/noExplicitAny: the type that Kysely's Dialect asks for
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class WorkerSqliteConnection implements DatabaseConnection {
  readonly #client: SqliteClient;
  readonly release: () => void;

  constructor(client: SqliteClient, release: () => void) {
    this.#client = client;
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const params = query.parameters as readonly Param[];
    if (query.query.kind === 'SelectQueryNode' || /\breturning\b/i.test(query.sql)) {
      return { rows: (await this.#client.all(query.sql, params)) as R[] };
    }
    const { changes, lastId } = await this.#client.run(query.sql, params);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastId) };
  }

  // biome-ignore lint/correctness/useYield: paging is done by key; nothing may hold an iterator open
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('BUG: page by key instead of streaming a query');
  }
}

class WorkerSqliteDriver implements Driver {
  readonly #client: SqliteClient;

  constructor(client: SqliteClient) {
    this.#client = client;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<WorkerSqliteConnection> {
    return new Promise((given, refused) => {
      this.#client
        .exclusive(() => new Promise<void>((release) => given(new WorkerSqliteConnection(this.#client, release))))
        .catch(refused);
    });
  }

  async beginTransaction(): Promise<void> {
    await this.#client.run('BEGIN IMMEDIATE');
  }

  async commitTransaction(): Promise<void> {
    await this.#client.run('COMMIT');
  }

  async rollbackTransaction(): Promise<void> {
    await this.#client.run('ROLLBACK');
  }

  async releaseConnection(connection: WorkerSqliteConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#client.close();
  }
}
