import { type EventRow, type OutcomeRow, type ReadingRow, UNASKED } from '#contract/envelope.ts';
import type { Answer } from '../protocols/meter-reader.ts';
import { recordsOf, type SpoolRecord } from '../spool/record.ts';
import type { Attempted, DueRead } from './due-read.ts';
import type { DayProgress, Progress } from './progress.ts';

/** The two things results need of the spool. */
export interface ResultSink {
  append(records: readonly SpoolRecord[], settled: readonly DayProgress[]): Promise<void>;
  room(): Promise<void>;
}

export interface ResultCounts {
  readonly answered: number;
  readonly failed: number;
}

/**
 * Turns what a line found out into spool records and settles the slots. A slot is settled in memory at once, so that
 * it is not read twice, and on disk in the same commit as its result.
 */
export class Results {
  readonly #sink: ResultSink;
  readonly #progress: Progress;
  readonly #onLost: (error: unknown) => void;
  #answered = 0;
  #failed = 0;

  /** `onLost` is called when the disk fails for good: the process has to end, because a result is about to be lost. */
  constructor(sink: ResultSink, progress: Progress, onLost: (error: unknown) => void) {
    this.#sink = sink;
    this.#progress = progress;
    this.#onLost = onLost;
  }

  get counts(): ResultCounts {
    return { answered: this.#answered, failed: this.#failed };
  }

  /** Resolves when there is room for more, not when the result is on disk. */
  answered(read: DueRead, answer: Answer): Promise<void> {
    this.#answered++;
    const quantities = [...answer.values.keys()];
    const row: ReadingRow = {
      meter: read.meter.id,
      slot: read.slot,
      meterTime: answer.meterTime,
      readAt: answer.readAt,
      values: [...answer.values.values()],
    };
    const task = read.task.id;
    const records = recordsOf({ stream: 'reading', task, quantities, rows: [row] });
    if (answer.events.length > 0) records.push(...recordsOf({ stream: 'event', task, rows: answer.events }));
    return this.#append(records, [this.#progress.settle(read.task, read.meter.id, read.slot)]);
  }

  /** What terminals and meters told unasked. Resolves when it is on disk; rejects when the disk fails for good. */
  told(rows: readonly EventRow[]): Promise<void> {
    const appended = this.#sink.append(recordsOf({ stream: 'event', task: UNASKED, rows }), []);
    appended.catch(this.#onLost);
    return appended;
  }

  /** A failure that will be tried again: reported once for each new reason. */
  failedForNow(read: DueRead, attempted: Attempted, before: Attempted | null): Promise<void> {
    if (before !== null && before.reason === attempted.reason) return Promise.resolve();
    return this.#append(
      recordsOf({ stream: 'outcome', task: read.task.id, rows: [outcome(read, attempted, false)] }),
      [],
    );
  }

  /** The slot is given up with its last reason. */
  gaveUp(read: DueRead, attempted: Attempted): Promise<void> {
    this.#failed++;
    const records = recordsOf({ stream: 'outcome', task: read.task.id, rows: [outcome(read, attempted, true)] });
    return this.#append(records, [this.#progress.settle(read.task, read.meter.id, read.slot)]);
  }

  #append(records: readonly SpoolRecord[], settled: readonly DayProgress[]): Promise<void> {
    this.#sink.append(records, settled).catch(this.#onLost);
    return this.#sink.room();
  }
}

function outcome(read: DueRead, attempted: Attempted, final: boolean): OutcomeRow {
  const { reason, detail, attempts, lastBytes, at } = attempted;
  return {
    meter: read.meter.id,
    slot: read.slot,
    at,
    reason,
    detail: detail.slice(0, 200),
    attempts,
    lastBytes,
    final,
  };
}
