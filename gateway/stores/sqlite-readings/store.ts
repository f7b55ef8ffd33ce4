import { mkdirSync } from 'node:fs';
import { isId } from '#contract/ids.ts';
import { byMonth, hasMonth, type Month } from '../months.ts';
import type { ReadingArchive } from '../reading-archive.ts';
import type { NewReadings, ReadingMark, ReadingStore, StoredReading, WriteResult } from '../reading-store.ts';
import { readOnlyWriter } from '../refused.ts';
import { RunningWork } from '../running-work.ts';
import { NO_LOG, type StoreLog } from '../store-log.ts';
import { carryOver } from './carry-over.ts';
import { isDamage, setAside } from './damage.ts';
import { checkBatch } from './encode.ts';
import { monthsIn, openPath, removeOrphans } from './folder.ts';
import { Gate } from './gate.ts';
import { InUse } from './in-use.ts';
import { openToRead, openToWrite, type ReadingFile } from './month-file.ts';
import { type MonthKeeper, monthKeeper } from './month-keeper.ts';
import { MonthParts, type Question } from './month-parts.ts';
import { MonthWriter } from './month-writer.ts';
import { OpenFiles } from './open-files.ts';
import { ascending, readMarks, readReadings, refsOf } from './read.ts';

export interface SqliteReadingOptions {
  /** Another process writes the folder, now or later: until something is there, every answer is empty. */
  readonly readOnly?: boolean;
  /** Closed months. Closed together with the store. */
  readonly archive?: ReadingArchive;
  readonly log?: StoreLog;
}

/** Readings in a folder with a SQLite file for each month, and the archive of months that were packed. */
export async function openSqliteReadingStore(
  folder: string,
  { readOnly = false, archive, log = NO_LOG }: SqliteReadingOptions = {},
): Promise<SqliteReadingStore> {
  if (readOnly) return new SqliteReadingStore({ folder, files: new OpenFiles(openToRead), archive, log, inUse: null });
  mkdirSync(folder, { recursive: true });
  removeOrphans(folder);
  const inUse = await InUse.begin(folder, log);
  await carryOver(folder, log);
  const files = new OpenFiles(
    (path) => openForWriter(path, log),
    (path, error) => {
      if (isDamage(error) && !isSealed(path)) setAside(path, error, log);
    },
  );
  try {
    await openNewest(folder, files);
  } catch (error) {
    await files.closeAll();
    throw error;
  }
  return new SqliteReadingStore({ folder, files, archive, log, inUse });
}

/** The month that will be written next, so that a file of a newer program is refused at the start. */
async function openNewest(folder: string, files: OpenFiles): Promise<void> {
  const newest = monthsIn(folder).findLast(({ isOpen }) => isOpen);
  if (!newest) return;
  const lease = await files.lease(openPath(folder, newest.month));
  if (typeof lease !== 'string') lease.release();
}

/** What is sealed is only read: its packing relies on it. */
async function openForWriter(path: string, log: StoreLog): Promise<ReadingFile | null> {
  if (isSealed(path)) return openToRead(path);
  try {
    return await openToWrite(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    setAside(path, error, log);
    return openToWrite(path);
  }
}

function isSealed(path: string): boolean {
  return path.endsWith('.sealed.sqlite');
}

interface Parts {
  readonly folder: string;
  readonly files: OpenFiles;
  readonly archive: ReadingArchive | undefined;
  readonly log: StoreLog;
  /** Null for a reader. */
  readonly inUse: InUse | null;
}

export class SqliteReadingStore implements ReadingStore {
  /** What moves months through their life; of the writer only. */
  readonly keeper: MonthKeeper | null;
  readonly #files: OpenFiles;
  readonly #archive: ReadingArchive | undefined;
  readonly #inUse: InUse | null;
  readonly #parts: MonthParts;
  readonly #writer: MonthWriter | null;
  readonly #work = new RunningWork();
  readonly #gate = new Gate();
  readonly #folder: string;

  constructor({ folder, files, archive, log, inUse }: Parts) {
    this.#folder = folder;
    this.#files = files;
    this.#archive = archive;
    this.#inUse = inUse;
    this.#parts = new MonthParts(folder, files, archive ?? null);
    this.#writer = inUse ? new MonthWriter(folder, files, this.#parts, log) : null;
    const alone = <T>(work: () => Promise<T>): Promise<T> => this.#work.run(() => this.#gate.alone(work));
    this.keeper = inUse ? monthKeeper(folder, files, alone) : null;
  }

  write(batches: readonly NewReadings[]): Promise<WriteResult> {
    return this.#work.run(async () => {
      const writer = this.#writer;
      if (!writer) throw readOnlyWriter(this.#folder);
      const filled = batches.filter((batch) => batch.rows.length > 0);
      for (const batch of filled) checkBatch(batch);
      return this.#gate.shared(() => writer.write(filled));
    });
  }

  async ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    const where = 'r.slot IN (SELECT value FROM json_each(?)) AND r.meter = ? ORDER BY r.slot';
    const readings = await this.#read(task, slots, (month, ofMonth) => ({
      ofFile: async (file: ReadingFile) => {
        const [ref] = await refsOf(file, [meter]);
        return ref === undefined ? [] : readReadings(file, task, where, ofMonth, [ref]);
      },
      ofArchive: (archive: ReadingArchive) => archive.ofMeter(month, task, meter, ofMonth),
    }));
    return readings.sort((a, b) => a.slot - b.slot);
  }

  async ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    const where = 'r.meter IN (SELECT value FROM json_each(?)) AND r.slot = ?';
    const readings = await this.#read(task, meters.length > 0 ? [slot] : [], (month) => ({
      ofFile: async (file: ReadingFile) => readReadings(file, task, where, await refsOf(file, meters), [slot]),
      ofArchive: (archive: ReadingArchive) => archive.ofSlot(month, task, slot, meters),
    }));
    return readings.sort((a, b) => (a.meter < b.meter ? -1 : 1));
  }

  marks(task: string, slots: readonly number[]): Promise<ReadingMark[]> {
    return this.#read(task, slots, (month, ofMonth) => ({
      ofFile: (file: ReadingFile) => readMarks(file, task, ofMonth),
      ofArchive: (archive: ReadingArchive) => archive.marks(month, task, ofMonth),
    }));
  }

  async close(): Promise<void> {
    await this.#work.end();
    await this.#files.closeAll();
    await this.#archive?.close();
    this.#inUse?.end();
  }

  /** Month after month: one at a time is open, and the caller waits for all of them anyway. */
  #read<T extends { readonly meter: string; readonly slot: number }>(
    task: string,
    slots: readonly number[],
    question: (month: Month, slots: readonly number[]) => Question<T>,
  ): Promise<T[]> {
    return this.#work.run(() =>
      this.#gate.shared(async () => {
        const found: T[] = [];
        if (!isId(task)) return found;
        for (const [month, ofMonth] of byMonth(ascending(slots.filter(hasMonth)), (slot) => slot)) {
          for (const each of await this.#parts.ask(month, question(month, ofMonth))) found.push(each);
        }
        return found;
      }),
    );
  }
}
