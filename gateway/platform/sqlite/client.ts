import { Worker } from 'node:worker_threads';
import { MeterwayError, messageOf } from '../errors.ts';
import { BUSY_TIMEOUT_MS } from './open.ts';
import {
  type ColumnKind,
  type ColumnsResult,
  OPENED,
  type Param,
  type QueryResult,
  type Reply,
  type Request,
  type Row,
  type Statement,
  type WorkerOptions,
} from './protocol.ts';
import { storeClosed, storeError } from './store-error.ts';

type Unsent<R> = R extends unknown ? Omit<R, 'id'> : never;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The connection in the hands of one caller, until its turn ends. */
export interface SqliteTurn {
  query(sql: string, params?: readonly Param[]): Promise<QueryResult>;
  /** Rolls back the open transaction, if there is one. */
  rollback(): Promise<void>;
}

export interface SqliteOptions {
  readonly readOnly?: boolean;
  readonly busyTimeoutMs?: number;
}

/**
 * One database connection in a worker thread, so that a slow commit or a long scan never stops the event loop of its
 * process. Every request is one unit: it sees no half-done work of others and none of it is undone with theirs.
 * Requests are answered in order.
 *
 * Every rejection is a MeterwayError: `store_busy` and `store_full` may be tried again, `store_refused` is a wrong
 * statement or value, `store_failed` means that the file can no longer be trusted to keep what it is given (after a
 * failed sync the system may report the next one as good): the connection then refuses everything.
 */
export class SqliteClient {
  readonly path: string;
  readonly readOnly: boolean;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #queue: (() => void)[] = [];
  #held = false;
  #nextId = OPENED + 1;
  #ended: Error | null = null;
  #closing: Promise<void> | null = null;

  /** Begins to open; a failure rejects the first request. `open` waits for it instead. */
  constructor(path: string, options: SqliteOptions = {}) {
    this.path = path;
    this.readOnly = options.readOnly ?? false;
    const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
    const workerData: WorkerOptions = { path, readOnly: this.readOnly, busyTimeoutMs };
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData,
      // Statements come in pieces: what a larger nursery would save in work is less than it takes in memory.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#died(cause));
    this.#worker.on('exit', () => this.#died(new Error('its thread ended')));
  }

  /** Opens or creates the database; with `readOnly` the file must exist. */
  static async open(path: string, options: SqliteOptions = {}): Promise<SqliteClient> {
    const client = new SqliteClient(path, options);
    const opened = new Promise((resolve, reject) => client.#waiting.set(OPENED, { resolve, reject }));
    try {
      await opened;
    } catch (error) {
      await client.#worker.terminate();
      throw error;
    }
    return client;
  }

  async all<R extends object = Row>(sql: string, params: readonly Param[] = []): Promise<R[]> {
    return (await this.query(sql, params)).rows as R[];
  }

  query(sql: string, params: readonly Param[] = []): Promise<QueryResult> {
    return this.#inTurn(() => this.#ask<QueryResult>({ kind: 'query', sql, params }));
  }

  /** A bulk read: the result by column, numbers moved instead of copied. `kinds` names every result column. */
  columns(sql: string, params: readonly Param[], kinds: readonly ColumnKind[]): Promise<ColumnsResult> {
    return this.#inTurn(() => this.#ask<ColumnsResult>({ kind: 'columns', sql, params, kinds }));
  }

  /** All statements in one transaction; resolves after the commit is on disk, with the changed rows of each. */
  transaction(statements: readonly Statement[]): Promise<number[]> {
    return this.#inTurn(() => this.#ask<number[]>({ kind: 'transaction', statements }, buffersOf(statements)));
  }

  /**
   * Hands the connection to `use` for several requests; everything else waits until it settles, so inside it only the
   * turn may be used. A transaction that it leaves open is rolled back.
   */
  exclusive<T>(use: (turn: SqliteTurn) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#held = true;
      let over = false;
      const ask = <R>(request: Unsent<Request>): Promise<R> =>
        over ? Promise.reject(new Error('BUG: this turn on the connection is over')) : this.#ask<R>(request);
      const turn: SqliteTurn = {
        query: (sql, params = []) => ask({ kind: 'query', sql, params }),
        rollback: () => ask({ kind: 'rollback' }),
      };
      try {
        return await use(turn);
      } finally {
        over = true;
        this.#ask({ kind: 'rollback' }).catch(() => {});
        this.#held = false;
        this.#next();
      }
    });
  }

  /** Ends the connection after everything that was asked before. Calling it again changes nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#enter(async () => {
      if (this.#ended) return;
      const closed = this.#ask({ kind: 'close' });
      this.#ended = storeClosed(this.path);
      await closed;
    }).finally(() => this.#worker.terminate());
  }

  #inTurn<T>(start: () => Promise<T>): Promise<T> {
    return this.#closing || this.#ended ? Promise.reject(this.#ended ?? storeClosed(this.path)) : this.#enter(start);
  }

  /** Starts at once, or after the one that holds the connection and all who wait already. */
  #enter<T>(start: () => Promise<T>): Promise<T> {
    if (!this.#held) return start();
    return new Promise((resolve, reject) => {
      this.#queue.push(() => start().then(resolve, reject));
    });
  }

  #next(): void {
    while (!this.#held) {
      const start = this.#queue.shift();
      if (!start) return;
      start();
    }
  }

  #ask<R>(request: Unsent<Request>, moved: ArrayBuffer[] = []): Promise<R> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as R), reject });
      try {
        this.#worker.postMessage({ ...request, id }, moved);
      } catch (cause) {
        this.#waiting.delete(id);
        reject(
          new MeterwayError(`cannot use ${this.path}: ${messageOf(cause)}`, {
            code: 'store_refused',
            next: 'skip',
            cause,
          }),
        );
      }
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) {
      waiting?.resolve(reply.result);
      return;
    }
    const error = storeError(this.path, reply);
    waiting?.reject(error);
    if (error.code === 'store_failed' || reply.id === OPENED) this.#fail(error);
  }

  #died(cause: Error): void {
    this.#fail(
      new MeterwayError(`cannot use ${this.path}: ${messageOf(cause)}`, { code: 'store_failed', next: 'stop', cause }),
    );
  }

  #fail(error: Error): void {
    if (!this.#ended) void this.#worker.terminate();
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}

/** Several columns may be windows on one buffer, which can be moved only once. */
function buffersOf(statements: readonly Statement[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const statement of statements) {
    if (!('columns' in statement)) continue;
    for (const column of statement.columns) {
      if (column instanceof Float64Array && column.buffer instanceof ArrayBuffer) buffers.add(column.buffer);
    }
  }
  return [...buffers];
}
