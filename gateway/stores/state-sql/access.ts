import type { Kysely, Transaction } from 'kysely';
import { RunningWork } from '../running-work.ts';
import type { StateTables } from './tables.ts';

export interface StateSource {
  /** Null while there is nothing to read yet. */
  forReading(): Promise<Kysely<StateTables> | null>;
  /** The same for what takes many seconds, where others would have to wait with what is read beside it. */
  forLongReading?(): Promise<Kysely<StateTables> | null>;
  forWriting(): Promise<Kysely<StateTables>>;
  close(): Promise<void>;
}

/** How the parts of the state store reach their database. */
export class StateAccess {
  readonly #source: StateSource;
  readonly #work = new RunningWork();

  constructor(source: StateSource) {
    this.#source = source;
  }

  /** `empty` is the answer while there is nothing to read. */
  read<T>(empty: T, use: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    return this.#work.run(async () => {
      const db = await this.#source.forReading();
      return db ? use(db) : empty;
    });
  }

  /** Several reads of one state of the database. */
  snapshot<T>(empty: T, use: (trx: Transaction<StateTables>) => Promise<T>): Promise<T> {
    return this.read(empty, (db) => snapshotOf(db, use));
  }

  /** The same when it takes many seconds. */
  longSnapshot<T>(empty: T, use: (trx: Transaction<StateTables>) => Promise<T>): Promise<T> {
    return this.#work.run(async () => {
      const db = await (this.#source.forLongReading ? this.#source.forLongReading() : this.#source.forReading());
      return db ? snapshotOf(db, use) : empty;
    });
  }

  write<T>(use: (db: Kysely<StateTables>) => Promise<T>): Promise<T> {
    return this.#work.run(async () => use(await this.#source.forWriting()));
  }

  async close(): Promise<void> {
    await this.#work.end();
    await this.#source.close();
  }
}

function snapshotOf<T>(db: Kysely<StateTables>, use: (trx: Transaction<StateTables>) => Promise<T>): Promise<T> {
  return db.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(use);
}
