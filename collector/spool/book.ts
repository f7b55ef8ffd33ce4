import { MeterwayError } from '#platform/errors.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import type { Statement } from '#platform/sqlite/protocol.ts';
import type { Range } from './ranges.ts';
import type { Reserve } from './reserve.ts';
import { type SpoolState, stateStatement } from './state.ts';
import { READ_HEADS } from './statements.ts';

/** The spool's file with its state: every change of the records is written together with the state that it leads to. */
export class Book {
  readonly client: SqliteClient;
  readonly #reserve: Reserve;
  #state: SpoolState;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(client: SqliteClient, state: SpoolState, reserve: Reserve) {
    this.client = client;
    this.#state = state;
    this.#reserve = reserve;
  }

  get state(): SpoolState {
    return this.#state;
  }

  /** One after the other: who changes the state must know what it is. */
  inTurn<T>(work: (state: SpoolState) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => work(this.#state));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** To be called in a turn. Resolves when the change is on disk. */
  async write(statements: readonly Statement[], next: SpoolState): Promise<void> {
    await this.client.transaction([...statements, stateStatement(next)]);
    this.#state = next;
  }

  /** The same for a change that makes room: on a full disk it gets the space that was set by for it. */
  async free(statements: readonly Statement[], next: SpoolState): Promise<void> {
    try {
      await this.write(statements, next);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#reserve.release();
      await this.client.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {});
      await this.write(statements, next);
    }
  }

  /**
   * Takes what stands in the log into the file, where pages that deleted records have left are free. True when the log
   * has given its space back: on a full disk it can otherwise neither grow nor, short of its usual length, begin anew.
   */
  async foldLog(): Promise<boolean> {
    const fold = (how: string): Promise<{ busy: number; log: number }[]> =>
      this.client.all(`PRAGMA wal_checkpoint(${how})`);
    try {
      const [before] = await fold('PASSIVE');
      if (!before || before.log <= 0) return false;
      const [after] = await fold('TRUNCATE');
      return after?.busy === 0;
    } catch (error) {
      if (isFull(error)) return false;
      throw error;
    }
  }

  /** Records that are held of some rows. */
  async count(ranges: readonly Range[]): Promise<number> {
    let count = 0;
    for (const [from, to] of ranges) {
      const sql = 'SELECT COUNT(*) AS rows FROM record WHERE seq BETWEEN ? AND ?';
      const [found] = await this.client.all<{ rows: number }>(sql, [from, to]);
      count += found?.rows ?? 0;
    }
    return count;
  }

  /** The lowest held record of a range of rows. */
  async lowest(from: number, to: number): Promise<{ readonly row: number; readonly at: number } | null> {
    const last = Math.min(to, Number.MAX_SAFE_INTEGER);
    const [found] = await this.client.all<{ row: number; at: number }>(READ_HEADS, [from, last, 1]);
    return found ? { row: found.row, at: found.at } : null;
  }
}

export function isFull(error: unknown): boolean {
  return error instanceof MeterwayError && error.code === 'store_full';
}

/** Whether the store says that trying again may help. */
export function mayPass(error: unknown): boolean {
  return error instanceof MeterwayError && error.next === 'retry';
}

/** For a write that may be left out when the disk is full or busy. */
export function unlessRetry(error: unknown): void {
  if (!mayPass(error)) throw error;
}
