import { MeterwayError } from '#platform/errors.ts';
import { byMonth, type Month } from '../months.ts';
import type { NewReadings, WriteResult } from '../reading-store.ts';
import type { StoreLog } from '../store-log.ts';
import { isDamage } from './damage.ts';
import { openPath } from './folder.ts';
import { type Sifted, siftLate } from './late.ts';
import type { MonthParts } from './month-parts.ts';
import type { Lease, OpenFiles } from './open-files.ts';
import { prepareWrite, type ReadyWrite } from './write.ts';

interface MonthWrite {
  readonly lease: Lease;
  readonly sifted: Sifted;
  readonly ready: ReadyWrite;
}

/** Writes readings into the open parts of their months. */
export class MonthWriter {
  readonly #folder: string;
  readonly #files: OpenFiles;
  readonly #parts: MonthParts;
  readonly #log: StoreLog;

  constructor(folder: string, files: OpenFiles, parts: MonthParts, log: StoreLog) {
    this.#folder = folder;
    this.#files = files;
    this.#parts = parts;
    this.#log = log;
  }

  /**
   * Whatever may be refused is refused for all months before anything is written. The months are then written side by
   * side, each in one transaction of its own file: after a failure some may be on disk. The caller repeats the whole
   * write, and those are found to be there.
   */
  async write(batches: readonly NewReadings[]): Promise<WriteResult> {
    const writes: MonthWrite[] = [];
    try {
      for (const [month, ofMonth] of splitByMonth(batches)) writes.push(await this.#prepare(month, ofMonth));
    } catch (error) {
      for (const { lease } of writes) lease.release();
      throw repeatable(error);
    }
    // All are waited for, so that a repetition never runs beside what it repeats.
    const settled = await Promise.allSettled(writes.map(({ ready }) => ready.commit()));
    for (const [i, result] of settled.entries()) {
      writes[i]?.lease.release(result.status === 'rejected' ? result.reason : undefined);
    }
    const results = settled.map((result) => {
      if (result.status === 'rejected') throw repeatable(result.reason);
      return result.value;
    });
    return totalOf([...results, ...writes.map(({ sifted }) => ({ ...sifted, stored: 0 }))]);
  }

  async #prepare(month: Month, batches: readonly NewReadings[]): Promise<MonthWrite> {
    const sifted = await siftLate(this.#parts, month, batches, this.#log);
    const lease = await this.#files.lease(openPath(this.#folder, month));
    if (typeof lease === 'string') throw new Error(`BUG: ${month} was opened for writing and is ${lease}`);
    try {
      return { lease, sifted, ready: await prepareWrite(lease.file, sifted.fresh) };
    } catch (error) {
      lease.release(error);
      throw error;
    }
  }
}

/** A damaged file has been set aside by the time this is thrown: the same rows go to a new one. */
function repeatable(error: unknown): unknown {
  if (!isDamage(error)) return error;
  return new MeterwayError(error.message, { code: error.code, next: 'retry', cause: error });
}

function totalOf(results: readonly WriteResult[]): WriteResult {
  return {
    stored: results.reduce((sum, { stored }) => sum + stored, 0),
    repeated: results.reduce((sum, { repeated }) => sum + repeated, 0),
    conflicts: results.flatMap(({ conflicts }) => conflicts),
  };
}

/** A batch of one month, which is the rule, stays as it is. */
function splitByMonth(batches: readonly NewReadings[]): Map<Month, NewReadings[]> {
  const months = new Map<Month, NewReadings[]>();
  for (const batch of batches) {
    const split = byMonth(batch.rows, ({ slot }) => slot);
    for (const [month, rows] of split) {
      const ofMonth = months.get(month) ?? [];
      months.set(month, ofMonth);
      ofMonth.push(split.size === 1 ? batch : { ...batch, rows });
    }
  }
  return months;
}
