import type { Cancel, Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import type { DayProgress } from '../schedule/progress.ts';
import type { SpoolRecord, StoredRecord } from './record.ts';
import { Reserve } from './reserve.ts';
import { newEpoch, openSpoolFile, type SpoolFile } from './spool-file.ts';
import {
  type Appended,
  metaStatement,
  READ,
  type RecordRow,
  renumbered,
  statementsOf,
  storedRecord,
} from './statements.ts';

/** Results waiting to be written together; beyond this the lines wait for the disk. */
const MAX_PENDING = 5000;
const FORGET_START = { sql: "DELETE FROM meta WHERE key = 'startSeq'", rows: [] };
const RETRY = { firstMs: 500, capMs: 10_000 } as const;

interface Pending extends Appended {
  resolve(): void;
  reject(error: unknown): void;
}

interface Options {
  readonly clock: Clock;
  readonly commitMs: number;
  readonly logger: Logger;
}

export interface SpoolSize {
  readonly rows: number;
  readonly bytes: number;
  /** When the oldest record was written, UTC ms, or null when there is none. */
  readonly oldestAt: number | null;
}

/**
 * What the collector has found out and the centre has not yet committed, on disk. A result counts as collected when
 * `append` resolves: it is then written and synced, together with the mark that its slot is settled. Sequence numbers
 * are never used twice within an epoch; an epoch is one life of the spool file.
 */
export class Spool {
  readonly #client: SqliteClient;
  readonly #reserve: Reserve;
  readonly #options: Options;
  readonly #closing = new AbortController();
  #epoch: string;
  #lastSeq: number;
  #startSeq: number;
  #rows: number;
  #pending: Pending[] = [];
  #pendingRows = 0;
  #timer: Cancel | null = null;
  #writing: Promise<void> | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #blocked = false;
  #appended: () => void = () => {};

  private constructor({ client, meta, rows }: SpoolFile, reserve: Reserve, options: Options) {
    this.#client = client;
    this.#reserve = reserve;
    this.#options = options;
    this.#epoch = meta.get('epoch') ?? newEpoch(options.clock);
    this.#lastSeq = Number(meta.get('lastSeq') ?? 0);
    this.#startSeq = Number(meta.get('startSeq') ?? this.#lastSeq);
    this.#rows = rows;
  }

  static async open(path: string, options: Options): Promise<Spool> {
    const reserve = new Reserve(`${path}-reserve`);
    const file = await openSpoolFile(path, { ...options, reserve });
    const spool = new Spool(file, reserve, options);
    if (!file.meta.has('epoch')) await file.client.transaction([metaStatement([['epoch', spool.#epoch]])]);
    // On a full disk this must wait; until an ack is compared, it is known in memory.
    const start = metaStatement([['startSeq', String(spool.#startSeq)]]);
    await file.client.transaction([start]).catch(unlessRetry);
    reserve.hold();
    return spool;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Highest sequence number when the file was opened for the first time since it was last compared with an ack: the
   * centre can know of no higher one, unless the file went back in time.
   */
  get startSeq(): number {
    return this.#startSeq;
  }

  /** Called after each commit to disk. */
  onAppended(listener: () => void): void {
    this.#appended = listener;
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
    return new Promise((resolve, reject) => {
      this.#pending.push({ records, settled, resolve, reject });
      this.#pendingRows += records.length;
      if (this.#pendingRows >= 500 || when === 'at once') this.#flush();
      else this.#timer ??= this.#options.clock.after('spool commit', this.#options.commitMs, () => this.#flush());
    });
  }

  /** Resolves at once, or when the disk has caught up. */
  async room(): Promise<void> {
    while (this.#pendingRows >= MAX_PENDING) await this.#writing;
  }

  /** Up to `limit` records from `seq` on, ascending. */
  async read(seq: number, limit: number): Promise<StoredRecord[]> {
    return (await this.#client.all<RecordRow>(READ, [seq, limit])).map(storedRecord);
  }

  /** Lowest sequence number that is still held; the next one to be given when the spool is empty. */
  async oldest(): Promise<number> {
    const [row] = await this.#client.all<{ seq: number | null }>('SELECT MIN(seq) AS seq FROM record');
    return row?.seq ?? this.#lastSeq + 1;
  }

  /** Deletes what the centre has committed: inclusive ranges of sequence numbers. Resolves with the number of records. */
  async remove(ranges: readonly (readonly [number, number])[]): Promise<number> {
    if (ranges.length === 0) return 0;
    const statement = {
      sql: 'DELETE FROM record WHERE seq BETWEEN ? AND ?',
      rows: ranges.map(([from, to]) => [from, to]),
    };
    const [removed = 0] = await this.#client.transaction([statement]).catch(async (error: unknown) => {
      if (!isFull(error)) throw error;
      this.#reserve.release();
      await this.#client.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {});
      return this.#client.transaction([statement]);
    });
    this.#rows -= removed;
    return removed;
  }

  /** Notes that nothing speaks against the file being as young as its epoch. */
  async compared(): Promise<void> {
    await this.#client.transaction([FORGET_START]).catch(unlessRetry);
  }

  /** Begins a new epoch, in which what is held is numbered from 1 on. */
  renew(): Promise<void> {
    return this.#inTurn(async () => {
      const shift = (await this.oldest()) - 1;
      const epoch = newEpoch(this.#options.clock);
      const lastSeq = this.#lastSeq - shift;
      await this.#client.transaction([
        ...renumbered(shift),
        metaStatement([
          ['epoch', epoch],
          ['lastSeq', String(lastSeq)],
        ]),
        FORGET_START,
      ]);
      this.#epoch = epoch;
      this.#lastSeq = lastSeq;
      this.#startSeq = 0;
    });
  }

  /**
   * Settled slots, everything appended so far included. The marks name slots of a local day, so those of another time
   * zone would name other slots: they are forgotten, and what is read again is nothing new to the centre.
   */
  async progress(timeZone: string): Promise<DayProgress[]> {
    this.#flush();
    await this.#writing;
    const [known] = await this.#client.all<{ value: string }>("SELECT value FROM meta WHERE key = 'timeZone'");
    if (known?.value !== timeZone) {
      const forget = { sql: 'DELETE FROM progress', rows: [] };
      await this.#client.transaction([...(known ? [forget] : []), metaStatement([['timeZone', timeZone]])]);
    }
    return this.#client.all<{ task: string; meter: string; date: string; bits: Uint8Array }>(
      'SELECT task, meter, date, bits FROM progress',
    );
  }

  async forgetBefore(date: string): Promise<void> {
    await this.#client.transaction([{ sql: 'DELETE FROM progress WHERE date < ?', rows: [[date]] }]);
  }

  async size(): Promise<SpoolSize> {
    const [row] = await this.#client.all<{ oldestAt: number | null; pages: number; pageSize: number }>(
      'SELECT (SELECT at FROM record ORDER BY seq LIMIT 1) AS oldestAt, ' +
        '(SELECT page_count FROM pragma_page_count()) AS pages, (SELECT page_size FROM pragma_page_size()) AS pageSize',
    );
    return { rows: this.#rows, bytes: (row?.pages ?? 0) * (row?.pageSize ?? 0), oldestAt: row?.oldestAt ?? null };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#flush();
    await this.#writing;
    await this.#client.close();
  }

  /** One after the other: whoever gives out sequence numbers must know which were given before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #flush(): void {
    if (this.#writing === null && this.#pending.length > 0) this.#writing = this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      this.#timer?.();
      this.#timer = null;
      const group = this.#pending;
      this.#pending = [];
      await this.#write(group);
      this.#pendingRows -= group.reduce((sum, { records }) => sum + records.length, 0);
    }
    this.#writing = null;
  }

  /** Writes a group, again and again while the store says that trying again may help. */
  async #write(group: readonly Pending[]): Promise<void> {
    const { signal } = this.#closing;
    for (const waitMs of backoff(RETRY)) {
      try {
        await this.#inTurn(() => this.#commit(group));
        break;
      } catch (err) {
        if (signal.aborted || !mayPass(err)) {
          for (const pending of group) pending.reject(err);
          return;
        }
        this.#tellBlocked(err);
        await this.#options.clock.sleep('spool retry', waitMs, signal).catch(() => {});
      }
    }
    this.#tellFree();
    for (const pending of group) pending.resolve();
    this.#appended();
  }

  #tellBlocked(err: unknown): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#options.logger.warn({ err }, 'the spool takes no results for now; they wait in memory');
  }

  #tellFree(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#options.logger.info({}, 'the spool takes results again');
    this.#reserve.hold();
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    const { statements, lastSeq } = statementsOf(group, this.#lastSeq, this.#options.clock.now());
    failpoint('before-spool-commit');
    await this.#client.transaction(statements);
    failpoint('after-spool-commit');
    this.#rows += lastSeq - this.#lastSeq;
    this.#lastSeq = lastSeq;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof MeterwayError && error.code === 'store_full';
}

/** Whether the store says that trying again may help. */
function mayPass(error: unknown): boolean {
  return error instanceof MeterwayError && error.next === 'retry';
}

/** For a write that may be left out when the disk is full or busy. */
function unlessRetry(error: unknown): void {
  if (!mayPass(error)) throw error;
}
