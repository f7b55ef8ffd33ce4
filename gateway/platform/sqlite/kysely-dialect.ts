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
  type TransactionSettings,
} from 'kysely';
import type { SqliteClient, SqliteTurn } from './client.ts';
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
  readonly turn: SqliteTurn;
  readonly release: () => void;

  constructor(turn: SqliteTurn, release: () => void) {
    this.turn = turn;
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, lastId } = await this.turn.query(query.sql, query.parameters as readonly Param[]);
    return { rows: rows as R[], numAffectedRows: BigInt(changes), insertId: BigInt(lastId) };
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
        .exclusive((turn) => new Promise<void>((release) => given(new WorkerSqliteConnection(turn, release))))
        .catch(refused);
    });
  }

  /** A read-only transaction sees one state of the database and holds up no writer. */
  async beginTransaction(connection: WorkerSqliteConnection, settings: TransactionSettings): Promise<void> {
    await connection.turn.query(settings.accessMode === 'read only' ? 'BEGIN' : 'BEGIN IMMEDIATE');
  }

  async commitTransaction(connection: WorkerSqliteConnection): Promise<void> {
    await connection.turn.query('COMMIT');
  }

  async rollbackTransaction(connection: WorkerSqliteConnection): Promise<void> {
    await connection.turn.rollback();
  }

  async releaseConnection(connection: WorkerSqliteConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#client.close();
  }
}
