import { existsSync, statSync } from 'node:fs';
import { MeterwayError } from '../errors.ts';
import { SqliteClient } from './client.ts';

const SQLITE_CANTOPEN = 14;

/**
 * A connection to a database that another process sets up, and may not have created yet: for reading, unless told
 * otherwise. `prepare` makes of the connection what its user needs, or returns null while the tables are not there.
 * With `isReplaced` the other process may put a new file in the place of the old one: then that is used from then on.
 */
export class WhenThere<T> {
  readonly #path: string;
  readonly #prepare: (client: SqliteClient) => Promise<T | null>;
  readonly #readOnly: boolean;
  readonly #isReplaced: boolean;
  /** File that is open. */
  #inode = 0;
  #client: SqliteClient | null = null;
  #asked: Promise<T | null> | null = null;
  #closed = false;

  constructor(
    path: string,
    prepare: (client: SqliteClient) => Promise<T | null>,
    options: { readonly readOnly: boolean; readonly isReplaced?: boolean } = { readOnly: true },
  ) {
    this.#path = path;
    this.#prepare = prepare;
    this.#readOnly = options.readOnly;
    this.#isReplaced = options.isReplaced ?? false;
  }

  /** What `prepare` made, or null while there is nothing. */
  get(): Promise<T | null> {
    if (this.#isReplaced && this.#client) this.#letGoOfOld(this.#client);
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  /** An open file keeps its inode, so that a new one in its place has another. */
  #letGoOfOld(client: SqliteClient): void {
    if (this.#closed || inodeOf(this.#path) === this.#inode) return;
    this.#client = null;
    this.#asked = null;
    void client.close().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#asked?.catch(() => {});
    await this.#client?.close();
  }

  async #ask(): Promise<T | null> {
    let made: T | null = null;
    try {
      this.#client ??= await this.#open();
      if (this.#client) made = await this.#prepare(this.#client);
      return made;
    } finally {
      // What is there stays there; everything else is asked for again the next time.
      if (made === null) this.#asked = null;
    }
  }

  async #open(): Promise<SqliteClient | null> {
    if (this.#closed) throw new MeterwayError(`cannot use ${this.#path}: it is closed`, { code: 'store_closed' });
    if (!existsSync(this.#path)) return null;
    try {
      this.#inode = inodeOf(this.#path);
      return await SqliteClient.open(this.#path, { readOnly: this.#readOnly });
    } catch (error) {
      if (error instanceof MeterwayError && error.context['sqlite'] === SQLITE_CANTOPEN) return null;
      throw error;
    }
  }
}

/** 0 when there is no such file. */
function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
