import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { CollectorMark } from '#stores/state-store.ts';
import { type DayProgress, Progress } from '../../collector/schedule/progress.ts';
import { stateOf } from '../../collector/spool/state.ts';
import { covers } from '../../gateway/ingest/marks.ts';

/** One record of a spool: a reading or an outcome of a slot, or an event. */
export interface BookedRecord {
  readonly seq: number;
  /** Task, meter and slot; of an event its task, meter and kind. */
  readonly key: string;
  /** Whether it settles its slot. */
  readonly settles: boolean;
}

/** What one spool file says at one moment. */
export interface SpoolBook {
  readonly collector: string;
  readonly epoch: string;
  readonly lastSeq: number;
  readonly progress: Progress;
  readonly records: readonly BookedRecord[];
}

export function slotKey(task: string, meter: string, slot: number): string {
  return `${task} ${meter} ${slot}`;
}

export function spoolPath(dataDir: string, collector: string): string {
  return join(dataDir, 'collectors', collector, 'spool.sqlite');
}

/** Reads a spool, whether its collector runs or not. */
export function readSpool(dataDir: string, collector: string, timeZone: string): SpoolBook {
  const path = spoolPath(dataDir, collector);
  if (!existsSync(path)) throw new Error(`no spool at ${path}`);
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    // One moment for all that is read.
    database.exec('BEGIN');
    const all = <T>(sql: string): T[] => database.prepare(sql).all() as unknown as T[];
    const meta = new Map(
      all<{ key: string; value: string }>('SELECT key, value FROM meta').map(({ key, value }) => [key, value]),
    );
    const state = stateOf(meta);
    if (state === null || state === 'damaged') throw new Error(`the spool at ${path} does not know its state`);
    const rows = all<{ seq: number; stream: string; task: string; job: string | null; cells: string }>(
      'SELECT seq, stream, task, job, cells FROM record ORDER BY seq',
    );
    const days = all<DayProgress>('SELECT task, meter, date, bits FROM progress');
    return {
      collector,
      epoch: state.epoch,
      lastSeq: state.lastRow - state.base,
      progress: new Progress(timeZone, days),
      records: rows.map(({ seq, stream, task, job, cells }) => {
        const [meter, slot, ...rest] = JSON.parse(cells) as [string, number, ...unknown[]];
        const ends = stream === 'reading' || (stream === 'outcome' && rest.at(-1) === true);
        return { seq: seq - state.base, key: slotKey(task, meter, slot), settles: ends && job === null };
      }),
    };
  } finally {
    database.close();
  }
}

/** Records that the centre does not say it has, by its marks. Of all others it must be able to give the content. */
export function uncommitted(book: SpoolBook, marks: readonly CollectorMark[]): BookedRecord[] {
  const mark = marks.find(({ collector, epoch }) => collector === book.collector && epoch === book.epoch);
  return mark ? book.records.filter(({ seq }) => !covers(mark, seq, seq)) : [...book.records];
}

/** Slots that a spool settles twice. */
export function settledTwice({ records }: SpoolBook): string[] {
  const seen = new Set<string>();
  return records
    .filter(({ key, settles }) => settles && seen.size === seen.add(key).size)
    .map(({ key }) => `${key}, twice in the spool`);
}
