import { isId } from '#contract/ids.ts';
import type {
  NewReadings,
  ReadingConflict,
  ReadingMark,
  ReadingStore,
  StoredReading,
  WriteResult,
} from '../reading-store.ts';
import { RunningWork } from '../running-work.ts';
import { conflictsOf } from './conflicts.ts';
import { checkBatch, insertOf } from './encode.ts';
import { ascending, readMarks, readReadings, refsOf } from './read.ts';
import { openForReading, openForWriting, type ReadingFile, type ReadingSource } from './source.ts';

/**
 * Readings in one SQLite file. With `readOnly` another process writes it, now or later: until the file is there, every
 * answer is empty.
 */
export async function openSqliteReadingStore(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<ReadingStore> {
  return new SqliteReadingStore(options.readOnly ? openForReading(path) : await openForWriting(path));
}

class SqliteReadingStore implements ReadingStore {
  readonly #source: ReadingSource;
  readonly #work = new RunningWork();

  constructor(source: ReadingSource) {
    this.#source = source;
  }

  write(batches: readonly NewReadings[]): Promise<WriteResult> {
    return this.#work.run(async () => {
      const file = await this.#source.forWriting();
      const filled = batches.filter((batch) => batch.rows.length > 0);
      for (const batch of filled) checkBatch(batch);
      await makeRoom(file, filled);
      return writeAll(file, filled);
    });
  }

  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    return this.#read(task, slots, async (file) => {
      const [ref] = await refsOf(file, [meter]);
      if (ref === undefined) return [];
      const where = 'r.slot IN (SELECT value FROM json_each(?)) AND r.meter = ? ORDER BY r.slot';
      return readReadings(file, task, where, ascending(slots), [ref]);
    });
  }

  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    return this.#read(task, meters, async (file) => {
      const where = 'r.meter IN (SELECT value FROM json_each(?)) AND r.slot = ?';
      const readings = await readReadings(file, task, where, await refsOf(file, meters), [slot]);
      return readings.sort((a, b) => (a.meter < b.meter ? -1 : 1));
    });
  }

  marks(task: string, slots: readonly number[]): Promise<ReadingMark[]> {
    return this.#read(task, slots, (file) => readMarks(file, task, slots));
  }

  async close(): Promise<void> {
    await this.#work.end();
    await this.#source.close();
  }

  #read<T>(task: string, wanted: readonly unknown[], use: (file: ReadingFile) => Promise<T[]>): Promise<T[]> {
    return this.#work.run(async () => {
      const file = isId(task) && wanted.length > 0 ? await this.#source.forReading() : null;
      return file ? use(file) : [];
    });
  }
}

/** One transaction; afterwards the rows that were refused are compared with what stands in their place. */
async function writeAll(file: ReadingFile, batches: readonly NewReadings[]): Promise<WriteResult> {
  const statements = batches.map((batch) => insertOf(batch, file.refs));
  const added = statements.length === 0 ? [] : await file.client.transaction(statements);
  let sent = 0;
  let stored = 0;
  const conflicts: ReadingConflict[] = [];
  for (const [i, batch] of batches.entries()) {
    sent += batch.rows.length;
    stored += added[i] ?? 0;
    if (added[i] !== batch.rows.length) conflicts.push(...(await conflictsOf(batch, file)));
  }
  return { stored, repeated: sent - stored - conflicts.length, conflicts };
}

/** Adds the meters, tables and columns that the batches need and the file does not have. */
async function makeRoom({ refs, catalogue }: ReadingFile, batches: readonly NewReadings[]): Promise<void> {
  const meters = new Set<string>();
  for (const { rows } of batches) {
    for (const { meter } of rows) if (refs.ref(meter) === undefined) meters.add(meter);
  }
  if (meters.size > 0) await refs.add(meters);
  for (const { task, quantities } of batches) {
    if (!catalogue.has(task, quantities)) await catalogue.ensure(task, quantities);
  }
}
