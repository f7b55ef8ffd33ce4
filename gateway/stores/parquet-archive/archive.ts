import { join } from 'node:path';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Month } from '../months.ts';
import type { ReadingArchive, ReadingKey } from '../reading-archive.ts';
import type { ReadingMark, StoredReading } from '../reading-store.ts';
import { RunningWork } from '../running-work.ts';
import { damaged } from './damaged.ts';
import { type Cells, Duck, exactPath } from './duckdb.ts';
import { type Generation, Generations } from './generations.ts';
import type { TaskFile } from './manifest.ts';
import { type ArchiveQuery, marksQuery, ofKeysQuery, ofMeterQuery, ofSlotQuery } from './queries.ts';
import { Intact } from './stretches.ts';
import { Turns } from './turns.ts';

/** A reader shares the machine with everything else; a meter's month needs a few MB of it. */
const DUCK = { memoryMb: 192, threads: 2, spillFolder: null };
const READS_AT_A_TIME = 2;

/**
 * The archived months in a folder, which need not be there yet. Another process may add and replace them at any time.
 * Rejects with `archive_damaged`, naming the file, when one is not as it was written.
 */
export function openParquetArchive(folder: string): ReadingArchive {
  return new ParquetArchive(folder);
}

class ParquetArchive implements ReadingArchive {
  readonly #generations: Generations;
  readonly #intact = new Intact();
  readonly #work = new RunningWork();
  readonly #turns = new Turns(READS_AT_A_TIME);
  #duck: Promise<Duck> | null = null;

  constructor(folder: string) {
    this.#generations = new Generations(folder, (gone) => this.#intact.forget(gone));
  }

  months(): Promise<ReadonlySet<Month>> {
    return this.#work.run(async () => new Set((await this.#generations.now()).keys()));
  }

  async ofMeter(month: Month, task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    return this.#read(month, task, ofMeterQuery(meter, slots));
  }

  async ofSlot(month: Month, task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    return this.#read(month, task, ofSlotQuery(slot, meters));
  }

  async marks(month: Month, task: string, slots: readonly number[]): Promise<ReadingMark[]> {
    return this.#read(month, task, marksQuery(slots));
  }

  async ofKeys(month: Month, task: string, keys: readonly ReadingKey[]): Promise<StoredReading[]> {
    return this.#read(month, task, ofKeysQuery(keys));
  }

  async close(): Promise<void> {
    await this.#work.end();
    (await this.#duck?.catch(() => null))?.close();
  }

  #read<T>(month: Month, task: string, query: ArchiveQuery<T>): Promise<T[]> {
    return this.#work.run(async () => {
      let failed: { readonly folder: string; readonly error: unknown } | null = null;
      for (;;) {
        const generation = (await this.#generations.now(failed !== null)).get(month);
        // What was read from may have given way to a newer generation meanwhile, or the whole month may be gone.
        if (failed && failed.folder === generation?.folder) throw failed.error;
        if (!generation) return [];
        try {
          return await this.#turns.run(() => this.#readFrom(generation, task, query));
        } catch (error) {
          failed = { folder: generation.folder, error };
        }
      }
    });
  }

  async #readFrom<T>(generation: Generation, task: string, query: ArchiveQuery<T>): Promise<T[]> {
    if (generation.broken) throw generation.broken;
    const file = generation.tasks.get(task);
    if (!file) return [];
    const path = join(generation.folder, file.file);
    const rows: T[] = [];
    try {
      for (const page of query.pages(file)) {
        await this.#intact.check(path, file, page.meters);
        const duck = await this.#opened();
        await duck.query(page.sql, [exactPath(path), ...page.values], (columns, count) => {
          take(columns, count, file, query, rows);
        });
      }
    } catch (error) {
      throw error instanceof MeterwayError ? error : failure(path, error);
    }
    return query.ordered(rows);
  }

  #opened(): Promise<Duck> {
    this.#duck ??= Duck.open(DUCK);
    return this.#duck;
  }
}

function take<T>(columns: readonly Cells[], count: number, file: TaskFile, query: ArchiveQuery<T>, into: T[]): void {
  const rowAt = query.rows(file, columns);
  for (let i = 0; i < count; i++) {
    const row = rowAt(i);
    if (row !== null) into.push(row);
  }
}

/** The file has nothing to do with a machine that is short of memory. */
function failure(path: string, cause: unknown): MeterwayError {
  const why = messageOf(cause);
  if (!/out of memory/i.test(why)) return damaged(path, why, cause);
  return new MeterwayError(`cannot read ${path}: ${why}`, { code: 'archive_failed', next: 'retry', cause });
}
