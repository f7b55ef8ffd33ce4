import { rmSync, statSync } from 'node:fs';
import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { LAYOUT, TABLES } from './tables.ts';

/**
 * A file up to this size is read whole when it is opened, seconds at most, bytes. In a larger one damage is found when
 * the damaged piece is read.
 */
const CHECKED_BYTES = 512 * 1024 * 1024;

/** The file of the figures in the hands of its writer. */
export class FiguresFile {
  readonly #path: string;
  #client: SqliteClient | null = null;
  #why = '';

  constructor(path: string) {
    this.#path = path;
  }

  async client(): Promise<SqliteClient> {
    if (this.#client) return this.#client;
    throw new MeterwayError(this.#why, { code: 'store_failed' });
  }

  /** Opens or makes it; gives why it cannot be used when it is damaged. */
  async open(): Promise<string | null> {
    try {
      this.#client = await SqliteClient.open(this.#path);
      const layout = await layoutOf(this.#client);
      if (layout !== LAYOUT) await this.#layOut(layout);
      else await this.#examine(this.#client);
      return null;
    } catch (error) {
      await this.close();
      if (!(error instanceof MeterwayError) || error.code !== 'store_failed') throw error;
      this.#why = error.message;
      return error.message;
    }
  }

  /** Throws away what is there and makes another. */
  async renew(): Promise<void> {
    await this.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#path}${end}`, { force: true });
    this.#client = await SqliteClient.open(this.#path);
    await this.#make(this.#client);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.close().catch(() => {});
  }

  /** A new file has the layout 0. */
  async #layOut(layout: number): Promise<void> {
    if (layout === 0 && this.#client) await this.#make(this.#client);
    else await this.renew();
  }

  async #make(client: SqliteClient): Promise<void> {
    await client.transaction(TABLES.map((sql) => ({ sql, rows: [[]] })));
  }

  async #examine(client: SqliteClient): Promise<void> {
    if (statSync(this.#path).size > CHECKED_BYTES) return;
    const [found] = await client.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (found?.quick_check === 'ok') return;
    throw new MeterwayError(`cannot use ${this.#path}: ${found?.quick_check ?? 'it cannot be examined'}`, {
      code: 'store_failed',
    });
  }
}

export async function layoutOf(client: SqliteClient): Promise<number> {
  const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
  return row?.user_version ?? 0;
}
