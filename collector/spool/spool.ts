import type { Clock } from '#platform/clock.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import type { Statement } from '#platform/sqlite/protocol.ts';
import type { DayProgress } from '../schedule/progress.ts';
import { AppendQueue } from './append-queue.ts';
import { Book, unlessRetry } from './book.ts';
import type { KindOfTask } from './drop-kind.ts';
import { beginEpoch, firstSince } from './epochs.ts';
import { firstOutside, nextStart, type Range } from './ranges.ts';
import { Reader } from './reader.ts';
import type { SpoolRecord, StoredRecord } from './record.ts';
import { type Replayed, replayedOf, replayStatement } from './replays.ts';
import { Reserve } from './reserve.ts';
import { Salvage } from './salvage.ts';
import { SettledMarks } from './settled-marks.ts';
import { type SpoolSize, sizeOf } from './size.ts';
import { openSpoolFile, type SpoolFile } from './spool-file.ts';
import { type Appended, appendStatements } from './statements.ts';
import { type Taken, takeWord } from './taken.ts';
import { type Limits, NO_LIMITS, Upkeep } from './upkeep.ts';

/** Rows appended between two looks at the size of the file. */
const LOOK_ROWS = 1000;

export interface SpoolOptions {
  readonly clock: Clock;
  readonly commitMs: number;
  readonly logger: Logger;
  readonly limits?: Limits;
  /** Told how long each commit to disk took, ms. */
  readonly onCommit?: (tookMs: number) => void;
}

/** What is to be sent next: every number from `from` to `to`, of which these are held. */
export interface Unsent {
  readonly from: number;
  readonly to: number;
  readonly records: readonly StoredRecord[];
  /** The lowest number that is held. */
  readonly oldest: number;
}

/**
 * What the collector has found out, on disk. A result counts as collected when `append` resolves: it is then written
 * and synced, together with the mark that its slot is settled. What the centre has committed is never sent again unless
 * it is asked for, and is held for a while, because a centre can be restored from a backup. Sequence numbers are never
 * used twice within an epoch.
 */
export class Spool {
  readonly #book: Book;
  readonly #reader: Reader;
  readonly #queue: AppendQueue;
  readonly #upkeep: Upkeep;
  readonly #salvage: Salvage;
  readonly #marks: SettledMarks;
  readonly #options: SpoolOptions;
  readonly #limits: Limits;
  #startRow: number;
  #replays: readonly Replayed[];
  #unlooked = 0;
  #appended: () => void = () => {};

  private constructor({ client, meta, state, aside }: SpoolFile, reserve: Reserve, options: SpoolOptions) {
    const { clock, logger, commitMs } = options;
    this.#options = options;
    this.#limits = options.limits ?? NO_LIMITS;
    this.#book = new Book(client, state, reserve);
    this.#reader = new Reader(this.#book, clock, logger);
    this.#marks = new SettledMarks(client, logger);
    this.#upkeep = new Upkeep({ book: this.#book, limits: this.#limits, clock, logger });
    this.#queue = new AppendQueue({
      ...{ clock, logger, commitMs },
      write: (group) => this.#commit(group),
      makeRoom: () => this.#upkeep.makeRoom(),
      onFree: () => reserve.hold(),
    });
    this.#salvage = new Salvage({ aside, meta, logger, put: (rescued) => this.#queue.put(rescued, 'at once') });
    this.#startRow = state.startRow ?? state.lastRow;
    this.#replays = replayedOf(meta);
  }

  static async open(path: string, options: SpoolOptions): Promise<Spool> {
    const reserve = new Reserve(`${path}-reserve`);
    const file = await openSpoolFile(path, { ...options, reserve });
    const spool = new Spool(file, reserve, options);
    const book = spool.#book;
    const start = { ...book.state, startRow: spool.#startRow };
    // On a full disk a note of where it started must wait; until an ack is compared, it is known in memory.
    const written = book.write(spool.#salvage.note(), start);
    await (file.isWritten ? written.catch(unlessRetry) : written);
    reserve.hold();
    spool.#salvage.start();
    return spool;
  }

  get epoch(): string {
    return this.#book.state.epoch;
  }

  get lastSeq(): number {
    const { lastRow, base } = this.#book.state;
    return lastRow - base;
  }

  /**
   * Highest sequence number when the file was opened for the first time since it was last compared with an ack: the
   * centre can know of no higher one, unless the file went back in time.
   */
  get startSeq(): number {
    return Math.max(0, this.#startRow - this.#book.state.base);
  }

  /** The request for a replay that was taken last, or null. */
  get replayed(): Replayed | null {
    return this.#replays.at(-1) ?? null;
  }

  hasReplayed(id: string): boolean {
    return this.#replays.some((each) => each.id === id);
  }

  /** Resolves when what can be read of a damaged file before this one stands in it. */
  get salvaged(): Promise<void> {
    return this.#salvage.ended;
  }

  /** Called after each commit to disk. */
  onAppended(listener: () => void): void {
    this.#appended = listener;
  }

  /** Says what the tasks are, which decides what a full spool gives up first. */
  classifyBy(kindOf: KindOfTask): void {
    this.#upkeep.classifyBy(kindOf);
  }

  /**
   * Resolves when everything is on disk. While the disk is full or busy the results wait in memory; rejects with the
   * store's error when trying again is of no use, after which nothing may be trusted. `at once`: somebody waits for the
   * result, so it does not wait for others to be written with it.
   */
  append(
    records: readonly SpoolRecord[],
    settled: readonly DayProgress[],
    when: 'at once' | 'together' = 'together',
  ): Promise<void> {
    return this.#queue.put({ records, settled }, when);
  }

  /** Resolves at once, or when the disk has caught up. */
  room(): Promise<void> {
    return this.#queue.room();
  }

  /** Up to `limit` held records from `seq` on, ascending. */
  async read(seq: number, limit: number): Promise<StoredRecord[]> {
    const { base } = this.#book.state;
    const { records } = await this.#reader.read([seq + base, Number.POSITIVE_INFINITY], limit);
    return records.map(({ row, record }) => ({ ...record, seq: row - base }));
  }

  /** What from `from` on, and below `below`, is not committed: at most `limit` records in a row. Null: nothing is. */
  async unsent(from: number, below: number, limit: number): Promise<Unsent | null> {
    const oldest = await this.oldest();
    const { base, committed, lastRow } = this.#book.state;
    const start = firstOutside(committed, Math.max(from, oldest) + base);
    const end = Math.min(below + base, nextStart(committed, start), lastRow + 1);
    if (start >= end) return null;
    const { records, upTo } = await this.#reader.read([start, end - 1], limit);
    const stored = records.map(({ row, record }) => ({ ...record, seq: row - base }));
    return { from: start - base, to: upTo - base, records: stored, oldest };
  }

  /** Lowest sequence number that is still held; the next one to be given when none is. */
  async oldest(): Promise<number> {
    const { base, lastRow } = this.#book.state;
    const lowest = await this.#book.lowest(base + 1, Number.POSITIVE_INFINITY);
    return (lowest?.row ?? lastRow + 1) - base;
  }

  /** Whether everything that is held is committed, and something is: the centre is told nothing new by itself. */
  get isIdle(): boolean {
    const { rows, kept } = this.#book.state;
    return rows === 0 && kept > 0;
  }

  /** Gives the next number to no record, and resolves with it. */
  skip(): Promise<number> {
    return this.#book.inTurn(async (state) => {
      await this.#book.free([], { ...state, lastRow: state.lastRow + 1 });
      return this.lastSeq;
    });
  }

  /** Takes what an ack says: `covered` is committed, and `gaps` is not, if the ack can be believed so far. */
  async take(covered: readonly Range[], gaps: readonly Range[] = []): Promise<Taken> {
    const taken = await this.#book.inTurn(() =>
      takeWord(this.#book, { covered, gaps, keeps: this.#limits.keepMs > 0 }),
    );
    if (taken.returned > 0) this.#upkeep.rewind();
    return taken;
  }

  /** Notes that nothing speaks against the file being as young as its epoch. */
  async compared(): Promise<void> {
    await this.#book.inTurn((state) => this.#book.write([], { ...state, startRow: null }).catch(unlessRetry));
  }

  /** Begins a new epoch, in which what is not committed is numbered from 1 on; with `everything` what is kept as well. */
  renew(what: 'uncommitted' | 'everything' = 'uncommitted'): Promise<void> {
    return this.#book.inTurn(() => this.#begin(what === 'everything' ? 1 : Number.POSITIVE_INFINITY, () => []));
  }

  /**
   * Begins a new epoch with everything that is held and was written at or after `since`, committed or not, and with
   * whatever else is not committed. Once for each id; resolves with what was begun for it.
   */
  replay(id: string, since: number): Promise<Replayed> {
    return this.#book.inTurn(async () => {
      const known = this.#replays.find((each) => each.id === id);
      const others = this.#replays.filter((each) => each.id !== id);
      if (known) {
        this.#replays = [...others, known];
        return known;
      }
      let replays = others;
      const first = await firstSince(this.#book, since);
      await this.#begin(first, (rows) => {
        replays = [...others, { id, at: this.#options.clock.now(), rows }].slice(-20);
        return [replayStatement(replays)];
      });
      this.#replays = replays;
      return replays.at(-1) ?? { id, at: 0, rows: 0 };
    });
  }

  /** Settled slots of a time zone, everything appended so far included. */
  async progress(timeZone: string): Promise<DayProgress[]> {
    await this.#queue.written();
    return this.#marks.ofZone(timeZone);
  }

  /** Forgets the marks of settled slots before a local date. */
  forgetBefore(date: string): Promise<void> {
    return this.#marks.forgetBefore(date);
  }

  /** Deletes what need not or cannot be held any longer; to be called every minute or so. */
  upkeep(): Promise<void> {
    return this.#upkeep.run();
  }

  size(): Promise<SpoolSize> {
    return sizeOf(this.#book, this.#upkeep, this.#limits);
  }

  async close(): Promise<void> {
    await this.#salvage.stop();
    await this.#queue.close();
    await this.#book.client.close();
  }

  async #begin(first: number, also: (rows: number) => readonly Statement[]): Promise<void> {
    await beginEpoch(this.#book, this.#options.clock, first, also);
    this.#startRow = this.#book.state.base;
    this.#upkeep.rewind();
  }

  async #commit(group: readonly Appended[]): Promise<void> {
    await this.#book.inTurn(async (state) => {
      const { statements, lastRow } = appendStatements(group, state.lastRow, this.#options.clock.now());
      const added = lastRow - state.lastRow;
      const lost = group.reduce((sum, { damaged = 0 }) => sum + damaged, 0);
      failpoint('before-spool-commit');
      const next = { ...state, lastRow, rows: state.rows + added, damaged: state.damaged + lost };
      const begun = this.#options.clock.mono();
      await this.#book.write(statements, next);
      this.#options.onCommit?.(this.#options.clock.mono() - begun);
      failpoint('after-spool-commit');
      this.#unlooked += added;
    });
    this.#appended();
    if (this.#unlooked < LOOK_ROWS) return;
    this.#unlooked = 0;
    await this.#upkeep.withinQuota().catch((err: unknown) => {
      this.#options.logger.error({ err }, 'cannot keep the spool within its quota; it is tried again');
    });
  }
}
