import type { DatabaseSync, StatementSync } from 'node:sqlite';

const MAX_PREPARED = 300;
/** A longer text is a one-off with a long list in it; keeping it prepared would only hold memory. */
const LONGEST_KEPT = 8192;

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

/** Prepared statements of one connection, the least recently used one dropped first. */
export class StatementCache {
  readonly #database: DatabaseSync;
  readonly #kept = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(sql: string): Prepared {
    return this.#find(sql, sql, false);
  }

  /** The same statement prepared to return each row as an array. */
  arrays(sql: string): Prepared {
    return this.#find(`arrays ${sql}`, sql, true);
  }

  #find(key: string, sql: string, arrays: boolean): Prepared {
    let found = this.#kept.get(key);
    if (found) this.#kept.delete(key);
    else found = this.#prepare(sql, arrays);
    if (sql.length > LONGEST_KEPT) return found;
    this.#kept.set(key, found);
    if (this.#kept.size > MAX_PREPARED) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    return found;
  }

  #prepare(sql: string, arrays: boolean): Prepared {
    const statement = this.#database.prepare(sql);
    if (arrays) statement.setReturnArrays(true);
    return { statement, givesRows: statement.columns().length > 0 };
  }
}
