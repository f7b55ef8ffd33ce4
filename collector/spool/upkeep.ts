import { DROP_KINDS, type DropKind } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Book } from './book.ts';
import { dropKindOf, type KindOfTask } from './drop-kind.ts';
import type { Range } from './ranges.ts';
import { addedDrops } from './state.ts';
import { deleteRanges, deleteRows, READ_HEADS } from './statements.ts';

/** Records deleted in one transaction: results and acks have to wait no longer than that. */
const CHUNK = 2000;
/** The newest records are given up for nothing: what else is in the file may be what fills it. */
const NEWEST_ROWS = 5000;
/** A full spool is emptied to this part of its quota, so that not every result makes room for itself. */
const DOWN_TO = 0.95;
const TELL_MS = 60_000;

export interface Limits {
  /** How long committed records are held, ms; 0 = not at all. */
  readonly keepMs: number;
  /** How long others wait for the centre, ms; 0 = for ever. */
  readonly maxAgeMs: number;
  /** Most bytes in use of the file; 0 = no limit. */
  readonly maxBytes: number;
}

export const NO_LIMITS: Limits = { keepMs: 0, maxAgeMs: 0, maxBytes: 0 };

interface Parts {
  readonly book: Book;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Candidate {
  readonly row: number;
  readonly at: number;
  readonly kind: DropKind;
}

/**
 * Keeps the spool within its limits. Committed records go by age, or first of all when room is needed; others go only
 * when the spool is full or they are too old, curves first and freezes last, and each one is counted and told.
 */
export class Upkeep {
  readonly #parts: Parts;
  /** Null until a plan says what the tasks are: until then nothing but committed records is given up. */
  #kindOf: KindOfTask | null = null;
  /** Of each kind no record is held below this row. */
  readonly #searched = new Map<DropKind | 'age', number>();
  #running: Promise<void> | null = null;
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  classifyBy(kindOf: KindOfTask): void {
    this.#kindOf = kindOf;
    this.rewind();
  }

  /** Records that were committed are not any more. */
  rewind(): void {
    this.#searched.clear();
  }

  /** To be called every minute or so. */
  async run(): Promise<void> {
    const { limits, clock, book } = this.#parts;
    const before = clock.now() - limits.keepMs;
    while ((await this.#dropKept((at) => at < before)) > 0);
    if (limits.maxAgeMs > 0 && this.#kindOf) {
      const oldest = clock.now() - limits.maxAgeMs;
      while (await this.#dropChunk('age', (each) => each.at < oldest && each.kind !== 'freeze', oldest));
    }
    await this.withinQuota();
    this.#tell(book.state.dropped);
  }

  /** Makes room when the quota is used up. */
  withinQuota(): Promise<void> {
    if (this.#parts.limits.maxBytes === 0) return Promise.resolve();
    this.#running ??= this.#shrink().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Makes room for new records on a full disk without giving up what is not committed; false when there is none. */
  async makeRoom(): Promise<boolean> {
    const { book } = this.#parts;
    return (await book.inTurn(() => book.foldLog())) || this.giveUpKept();
  }

  /** Gives up committed records for new ones; false when none is left. */
  async giveUpKept(): Promise<boolean> {
    return (await this.#dropKept(() => true)) > 0;
  }

  /** Bytes in use of the file: pages that deleted records have left are used again before it grows. */
  async usedBytes(): Promise<number> {
    const [found] = await this.#parts.book.client.all<{ used: number }>(
      'SELECT ((SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count())) ' +
        '* (SELECT page_size FROM pragma_page_size()) AS used',
    );
    return found?.used ?? 0;
  }

  async #shrink(): Promise<void> {
    const { maxBytes } = this.#parts.limits;
    if ((await this.usedBytes()) <= maxBytes) return;
    while ((await this.usedBytes()) > maxBytes * DOWN_TO) {
      if (!(await this.giveUpKept()) && !(await this.#dropOldest())) break;
    }
    this.#tell(this.#parts.book.state.dropped);
  }

  async #dropOldest(): Promise<boolean> {
    for (const kind of DROP_KINDS) {
      if (await this.#dropChunk(kind, (each) => each.kind === kind)) return true;
    }
    return false;
  }

  /** Deletes the lowest committed records that may go, at most a chunk of them. Resolves with their number. */
  #dropKept(mayGo: (at: number) => boolean): Promise<number> {
    const { book } = this.#parts;
    return book.inTurn(async (state) => {
      if (state.kept === 0) return 0;
      for (const range of state.committed) {
        const rows = (await this.#chunk(range)).filter(({ at }) => mayGo(at)).map(({ row }) => row);
        const [first] = rows;
        const last = rows.at(-1);
        if (first === undefined || last === undefined) continue;
        const isWhole = last - first + 1 === rows.length;
        const statement = isWhole ? deleteRanges([[first, last]]) : deleteRows(rows);
        await book.free([statement], { ...state, kept: state.kept - rows.length });
        return rows.length;
      }
      return 0;
    });
  }

  /**
   * Gives up those of the next records that may go. Resolves false when no record is left to be looked at, or, with
   * `youngFrom`, when all of the next ones are younger.
   */
  async #dropChunk(
    cursor: DropKind | 'age',
    mayGo: (each: Candidate) => boolean,
    youngFrom = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const kindOf = this.#kindOf;
    if (!kindOf) return false;
    const { book } = this.#parts;
    for (;;) {
      const verdict = await book.inTurn(async (state) => {
        const from = this.#searched.get(cursor) ?? 1;
        const chunk = await this.#chunk([from, state.lastRow - NEWEST_ROWS]);
        const last = chunk.at(-1);
        if (!last || chunk.every(({ at }) => at >= youngFrom)) return 'through';
        const gone = chunk
          .filter(({ row }) => !state.committed.some(([start, end]) => row >= start && row <= end))
          .map((each) => ({ row: each.row, at: each.at, kind: dropKindOf(each, kindOf) }))
          .filter(mayGo);
        if (gone.length > 0) {
          const counts = Object.fromEntries(
            [...Map.groupBy(gone, ({ kind }) => kind)].map(([kind, its]) => [kind, its.length]),
          );
          const next = { ...state, rows: state.rows - gone.length, dropped: addedDrops(state.dropped, counts) };
          await book.free([deleteRows(gone.map(({ row }) => row))], next);
          this.#untold += gone.length;
        }
        this.#searched.set(cursor, last.row + 1);
        return gone.length > 0 ? 'dropped' : 'none here';
      });
      if (verdict !== 'none here') return verdict === 'dropped';
    }
  }

  #chunk([from, to]: Range): Promise<ChunkRow[]> {
    return this.#parts.book.client.all<ChunkRow>(READ_HEADS, [from, to, CHUNK]);
  }

  #tell(dropped: Readonly<Record<DropKind, number>>): void {
    const { clock, logger, limits } = this.#parts;
    if (this.#untold === 0 || clock.mono() - this.#toldAt < TELL_MS) return;
    this.#toldAt = clock.mono();
    logger.error(
      { records: this.#untold, maxBytes: limits.maxBytes, inAll: dropped },
      'the spool is full: results were given up that the centre does not have',
    );
    this.#untold = 0;
  }
}

interface ChunkRow {
  readonly row: number;
  readonly at: number;
  readonly stream: string;
  readonly task: string;
  readonly job: string | null;
}
