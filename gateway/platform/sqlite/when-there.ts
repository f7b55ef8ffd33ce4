import { existsSync } from 'node:fs';
import { MeterwayError } from '../errors.ts';
import { SqliteClient } from './client.ts';

const SQLITE_CANTOPEN = 14;

/**
 * A connection to a database that another process sets up, and may not have created yet: for reading, unless told
 * otherwise. `prepare` makes of the connection what its user needs, or returns null while the tables are not there.
 */
export class WhenThere<T> {
  readonly #path: string;
  readonly #prepare: (client: SqliteClient) => Promise<T | null>;
  readonly #readOnly: boolean;
  #client: SqliteClient | null = null;
  #asked: Promise<T | null> | null = null;
  #closed = false;

  constructor(
    path: string,
    prepare: (client: SqliteClient) => Promise<T | null>,
    options: { readonly readOnly: boolean } = { readOnly: true },
  ) {
    this.#path = path;
    this.#prepare = prepare;
    this.#readOnly = options.readOnly;
  }

  /** What `prepare` made, or null while there is nothing. */
  get(): Promise<T | null> {
    this.#asked ??= this.#ask();
    return this.#asked;
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
      return await SqliteClient.open(this.#path, { readOnly: this.#readOnly });
    } catch (error) {
      if (error instanceof MeterwayError && error.context['sqlite'] === SQLITE_CANTOPEN) return null;
      throw error;
    }
  }
}
