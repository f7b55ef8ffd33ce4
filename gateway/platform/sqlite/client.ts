import { Worker } from 'node:worker_threads';
import { MeterwayError } from '../errors.ts';
import type { Param, Reply, Request, Row, RunResult, Statement, WorkerOptions } from './protocol.ts';

type Unsent<R> = R extends unknown ? Omit<R, 'id'> : never;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** SQLite primary result codes after which going on could lose what was promised: I/O error, corrupt, full. */
const FATAL_CODES = new Set([10, 11, 13, 26]);

/**
 * One database connection in a worker thread, so that a slow commit or a long scan never stops the event loop of its
 * process. Requests are answered in order. `exclusive` hands the connection to one caller for several requests.
 */
export class SqliteClient {
  readonly path: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Error | null = null;

  constructor(path: string, options: { readOnly?: boolean } = {}) {
    this.path = path;
    const workerData: WorkerOptions = { path, readOnly: options.readOnly ?? false };
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', () => this.#fail(new Error('the connection is closed')));
  }

  all<R extends object = Row>(sql: string, params: readonly Param[] = []): Promise<R[]> {
    return this.#ask({ kind: 'all', sql, params }) as Promise<R[]>;
  }

  /** One statement outside `transaction`; within `exclusive` it belongs to the caller's own transaction. */
  run(sql: string, params: readonly Param[] = []): Promise<RunResult> {
    return this.#ask({ kind: 'run', sql, params }) as Promise<RunResult>;
  }

  /** All statements in one transaction; resolves after the commit is on disk, with the changed rows of each. */
  transaction(statements: readonly Statement[]): Promise<number[]> {
    return this.exclusive(() => {
      const moved: ArrayBuffer[] = [];
      for (const statement of statements) {
        if (!('columns' in statement)) continue;
        for (const column of statement.columns) {
          if (column instanceof Float64Array && column.buffer instanceof ArrayBuffer) moved.push(column.buffer);
        }
      }
      return this.#ask({ kind: 'transaction', statements }, moved) as Promise<number[]>;
    });
  }

  /** Runs `use` while no other exclusive use and no transaction runs. */
  exclusive<T>(use: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(use, use);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    await this.#ask({ kind: 'close' });
    await this.#worker.terminate();
  }

  #ask(request: Unsent<Request>, moved: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, moved);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (!waiting) return;
    if (reply.ok) {
      waiting.resolve(reply.result);
      return;
    }
    const primary = reply.errcode === null ? null : reply.errcode & 0xff;
    const fatal = primary !== null && FATAL_CODES.has(primary);
    waiting.reject(
      new MeterwayError(`cannot use ${this.path}: ${reply.message}`, {
        code: fatal ? 'store_failed' : 'store_refused',
        next: fatal ? 'stop' : 'retry',
        context: { sqlite: reply.errcode },
      }),
    );
  }

  #fail(cause: Error): void {
    if (this.#ended) return;
    this.#ended = new MeterwayError(`cannot use ${this.path}: ${cause.message}`, { code: 'store_failed', cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}
