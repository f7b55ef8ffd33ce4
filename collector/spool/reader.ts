import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Book } from './book.ts';
import { unlessRetry } from './book.ts';
import { type RecordRow, recordCrc } from './checksum.ts';
import { common, type Range } from './ranges.ts';
import type { SpoolRecord } from './record.ts';
import { READ, setAside } from './statements.ts';

/** A sound record and its row. */
export interface FoundRecord {
  readonly row: number;
  readonly at: number;
  readonly record: SpoolRecord;
}

export interface Found {
  readonly records: readonly FoundRecord[];
  /** Up to here every row was looked at. */
  readonly upTo: number;
}

/** The record that a row stands for, or null when the row was changed since it was written. */
export function soundRecord(found: RecordRow, needsCrc: boolean): SpoolRecord | null {
  const { crc, stream, task, job, columns, cells } = found;
  if (crc === null ? needsCrc : crc !== recordCrc(found)) return null;
  try {
    const row: unknown = JSON.parse(cells);
    if (!Array.isArray(row)) return null;
    const head = { stream: stream as SpoolRecord['stream'], task, columns: columns.split(' ') };
    return { ...head, ...(job !== null && { job }), row };
  } catch {
    return null;
  }
}

/** Reads records, and sets aside those that the disk gives back changed: the others go on without them. */
export class Reader {
  readonly #book: Book;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(book: Book, clock: Clock, logger: Logger) {
    this.#book = book;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Records of the rows from `from` to `to`, at most `limit` of them. */
  async read([from, to]: Range, limit: number): Promise<Found> {
    const found = await this.#book.client.all<RecordRow>(READ, [from, Math.min(to, Number.MAX_SAFE_INTEGER), limit]);
    const { crcFrom } = this.#book.state;
    const records: FoundRecord[] = [];
    const damaged: number[] = [];
    for (const row of found) {
      const record = soundRecord(row, row.row >= crcFrom);
      if (record) records.push({ row: row.row, at: row.at, record });
      else damaged.push(row.row);
    }
    if (damaged.length > 0) await this.#setAside(damaged);
    return { records, upTo: found.length < limit ? to : (found.at(-1)?.row ?? to) };
  }

  #setAside(rows: readonly number[]): Promise<void> {
    return this.#book.inTurn(async (state) => {
      const { base, epoch } = state;
      const seqs = rows.slice(0, 20).map((row) => row - base);
      this.#logger.error(
        { epoch, seqs, records: rows.length },
        'the disk has changed records of the spool; they are set aside and not sent',
      );
      const ranges = rows.map((row): Range => [row, row]);
      const kept = await this.#book.count(common(state.committed, ranges));
      const held = await this.#book.count(ranges);
      const next = {
        ...state,
        rows: state.rows - (held - kept),
        kept: state.kept - kept,
        damaged: state.damaged + held,
      };
      // On a full disk they stay where they are, and are found again.
      await this.#book.write(setAside(rows, this.#clock.now()), next).catch(unlessRetry);
    });
  }
}
