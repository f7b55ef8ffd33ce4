import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '#platform/errors.ts';
import { BUSY_TIMEOUT_MS, openSqlite } from '#platform/sqlite/open.ts';
import type { RecordRow } from './checksum.ts';
import type { Range } from './ranges.ts';
import { soundRecord } from './reader.ts';
import type { SpoolRecord } from './record.ts';
import { stateOf } from './state.ts';
import { READ } from './statements.ts';

/** Records handed over at a time. */
const CHUNK = 1000;
/** Reads of an unreadable page that are tried: half of them for each time a range is cut in two. */
const MOST_FAILURES = 200_000;
const HIGHEST_ROW = Number.MAX_SAFE_INTEGER;

/** What was found of a damaged file since the last word. */
export interface Rescued {
  readonly records: readonly { readonly at: number; readonly record: SpoolRecord }[];
  /** Rows that could be read and were changed. */
  readonly changed: number;
  /** Ranges of rows that cannot be read. */
  readonly unreadable: number;
  /** Where to go on after a restart; null when the file is through. */
  readonly next: number | null;
  /** Why nothing more can be read, or null. */
  readonly why: string | null;
}

/** Walks the records of a file by row, cutting what cannot be read in two until the readable part is through. */
class Walk {
  readonly #statement: StatementSync;
  readonly #left: Range[];
  #failures = 0;
  #lastUnreadable = 0;

  constructor(database: DatabaseSync, from: number) {
    this.#statement = database.prepare(READ);
    this.#left = [[from, highestOf(database)]];
  }

  next(): Rescued {
    const found: RecordRow[] = [];
    let unreadable = 0;
    while (found.length < CHUNK) {
      const range = this.#left.pop();
      if (!range) break;
      if (!this.#read(range, found)) unreadable++;
    }
    const sound = found.map((each) => ({ at: each.at, record: soundRecord(each, true) }));
    const records = sound.flatMap(({ at, record }) => (record ? [{ at, record }] : []));
    const next = this.#left.at(-1)?.[0] ?? null;
    return { records, changed: sound.length - records.length, unreadable, next, why: null };
  }

  /** Reads a chunk of a range and puts back what is left of it. False when a new unreadable stretch begins here. */
  #read([from, to]: Range, found: RecordRow[]): boolean {
    const before = found.length;
    try {
      for (const row of this.#statement.iterate(from, to, CHUNK)) found.push(row as unknown as RecordRow);
    } catch {
      const reached = found.length > before ? (found.at(-1)?.row ?? from) + 1 : from;
      return this.#cut([reached, to]);
    }
    const last = found.at(-1);
    if (last && found.length - before === CHUNK && last.row < to) this.#left.push([last.row + 1, to]);
    return true;
  }

  #cut([from, to]: Range): boolean {
    if (from > to) return true;
    this.#failures++;
    if (from < to && this.#failures < MOST_FAILURES) {
      const middle = from + Math.floor((to - from) / 2);
      this.#left.push([middle + 1, to], [from, middle]);
      return true;
    }
    const isNew = from !== this.#lastUnreadable + 1;
    this.#lastUnreadable = to;
    return !isNew;
  }
}

/** The highest row that can be there: the state says it, or the last page, or nothing that can be believed. */
function highestOf(database: DatabaseSync): number {
  try {
    const meta = database.prepare('SELECT key, value FROM meta').all();
    const state = stateOf(new Map(meta.map(({ key, value }) => [String(key), String(value)])));
    if (state && state !== 'damaged') return state.lastRow;
    const found = database.prepare('SELECT MAX(seq) AS highest FROM record').get();
    return Math.min(HIGHEST_ROW, Number(found?.['highest'] ?? 0));
  } catch {
    return HIGHEST_ROW;
  }
}

function say(rescued: Rescued): void {
  parentPort?.postMessage(rescued);
}

function giveUp(error: unknown): void {
  say({ records: [], changed: 0, unreadable: 1, next: null, why: messageOf(error) });
}

const { path, from } = workerData as { readonly path: string; readonly from: number };
try {
  const walk = new Walk(openSqlite({ path, readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS }), from);
  parentPort?.on('message', () => {
    try {
      say(walk.next());
    } catch (error) {
      giveUp(error);
    }
  });
} catch (error) {
  parentPort?.on('message', () => giveUp(error));
}
