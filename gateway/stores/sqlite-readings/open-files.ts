import { MeterwayError } from '#platform/errors.ts';
import { partAt } from './folder.ts';
import type { ReadingFile } from './month-file.ts';

/** Most connections without a user: what arrives is of one or two months, and what is asked for mostly too. */
const MOST_IDLE = 4;

/** The use of a file until `release`. `failed`: what its user died of, because a failed connection is of no more use. */
export interface Lease {
  readonly file: ReadingFile;
  release(failed?: unknown): void;
}

interface Entry {
  readonly path: string;
  readonly opened: Promise<ReadingFile | null>;
  /** Null while it is being opened. */
  ino: number | null;
  users: number;
  isDropped: boolean;
}

/**
 * Connections to files that are in use or were lately. A file is known by name and inode: one that was renamed or
 * removed, and perhaps followed by another of the same name, is never read for what stands there now.
 */
export class OpenFiles {
  readonly #open: (path: string) => Promise<ReadingFile | null>;
  readonly #onFailure: (path: string, error: MeterwayError) => void;
  /** The one that was used last stands last. */
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();

  /** `open` gives null for a file that is not there or not set up. `onFailure` hears once of each that fails in use. */
  constructor(
    open: (path: string) => Promise<ReadingFile | null>,
    onFailure: (path: string, error: MeterwayError) => void = () => {},
  ) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  /**
   * The file at the path, made if `open` makes it. With `ino` it must be that very file: 'gone' when it is not any
   * more, 'empty' when it has no tables yet.
   */
  async lease(path: string, ino?: number): Promise<Lease | 'gone' | 'empty'> {
    this.#dropMoved();
    const known = this.#entries.get(path);
    if (known && ino !== undefined && known.ino !== null && known.ino !== ino) this.#drop(known);
    const entry = this.#entries.get(path) ?? this.#entryFor(path);
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.users++;
    const file = await entry.opened.catch((error: unknown) => {
      this.#drop(entry);
      this.#release(entry);
      throw error;
    });
    if (file && (ino === undefined || entry.ino === ino))
      return { file, release: (error) => this.#release(entry, error) };
    const { ino: found } = entry;
    this.#drop(entry);
    this.#release(entry);
    return found === ino && ino !== undefined ? 'empty' : 'gone';
  }

  /** Closes the connection to a path, which nobody may be using. */
  async close(path: string): Promise<void> {
    const entry = this.#entries.get(path);
    if (entry) this.#drop(entry);
    await Promise.all(this.#closing);
  }

  async closeAll(): Promise<void> {
    for (const entry of this.#entries.values()) this.#drop(entry);
    await Promise.all(this.#closing);
  }

  #entryFor(path: string): Entry {
    const entry: Entry = { path, opened: this.#opened(path, () => entry), ino: null, users: 0, isDropped: false };
    const idle = [...this.#entries.values()].filter(({ users }) => users === 0);
    for (const old of idle.slice(0, Math.max(0, idle.length - MOST_IDLE + 1))) this.#drop(old);
    return entry;
  }

  /**
   * SQLite opens the log beside a database by name, at the first read. The inode is looked at after that read: if it
   * still stands under the name, then what was opened belongs together.
   */
  async #opened(path: string, entry: () => Entry): Promise<ReadingFile | null> {
    const file = await this.#open(path);
    entry().ino = partAt(path)?.ino ?? null;
    return file;
  }

  #dropMoved(): void {
    for (const entry of this.#entries.values()) {
      if (entry.ino !== null && partAt(entry.path)?.ino !== entry.ino) this.#drop(entry);
    }
  }

  #release(entry: Entry, failed?: unknown): void {
    entry.users--;
    const isFailure = failed instanceof MeterwayError && failed.code === 'store_failed';
    if (isFailure && !entry.isDropped) this.#onFailure(entry.path, failed);
    if (isFailure) this.#drop(entry);
    else if (entry.isDropped) this.#end(entry);
  }

  #drop(entry: Entry): void {
    if (!entry.isDropped) {
      entry.isDropped = true;
      if (this.#entries.get(entry.path) === entry) this.#entries.delete(entry.path);
    }
    this.#end(entry);
  }

  /** Closes what nobody uses. What a failed connection says when it is closed has been said before. */
  #end(entry: Entry): void {
    if (entry.users > 0) return;
    const closing: Promise<void> = entry.opened
      .then((file) => file?.client.close())
      .catch(() => {})
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
