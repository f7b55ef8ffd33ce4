import { isId } from '#contract/ids.ts';
import { toScaled } from '#contract/quantities.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Month } from '../months.ts';
import type { ReadingArchive } from '../reading-archive.ts';
import type { NewReading, NewReadings, ReadingConflict, StoredReading } from '../reading-store.ts';
import type { StoreLog } from '../store-log.ts';
import { asStored } from './conflicts.ts';
import { scaleColumn } from './encode.ts';
import type { ReadingFile } from './month-file.ts';
import type { MonthParts } from './month-parts.ts';
import { readKeys } from './read.ts';

/** What becomes of batches of one month: `fresh` is for its open part, the rest was there in a part that is closed. */
export interface Sifted {
  readonly fresh: readonly NewReadings[];
  readonly repeated: number;
  readonly conflicts: readonly ReadingConflict[];
}

/** Holds late rows against what the closed parts of their month have. Costs nothing for a month without such a part. */
export async function siftLate(
  parts: MonthParts,
  month: Month,
  batches: readonly NewReadings[],
  log: StoreLog,
): Promise<Sifted> {
  if (!(await parts.isClosed(month))) return { fresh: batches, repeated: 0, conflicts: [] };
  const sifted = { fresh: [] as NewReadings[], repeated: 0, conflicts: [] as ReadingConflict[] };
  for (const batch of batches) {
    const { task } = batch;
    const keys = batch.rows.filter(({ meter }) => isId(meter)).map(({ meter, slot }) => ({ meter, slot }));
    const question = {
      ofFile: (file: ReadingFile) => readKeys(file, task, keys),
      ofArchive: (archive: ReadingArchive) => archive.ofKeys(month, task, keys),
    };
    const stored = await parts.askClosed(month, question).catch((err: unknown) => {
      if (err instanceof MeterwayError && err.next === 'retry') throw err;
      // Late rows must not wait until somebody has repaired a file. Where they turn out to be repeats, what was there
      // first is what readers get.
      log.error({ err, month, task, rows: keys.length }, 'late readings are stored unseen: their month cannot be read');
      return [];
    });
    const rows = sift(batch, stored, sifted.conflicts);
    sifted.repeated += rows.repeated;
    if (rows.fresh.length > 0) sifted.fresh.push({ ...batch, rows: rows.fresh });
  }
  return sifted;
}

function sift(
  batch: NewReadings,
  stored: readonly StoredReading[],
  conflicts: ReadingConflict[],
): { fresh: NewReading[]; repeated: number } {
  const { task, quantities, rows } = batch;
  const known = new Map(stored.map((reading) => [`${reading.slot} ${reading.meter}`, reading]));
  const columns = quantities.map((_, c) => scaleColumn(batch, c, new Float64Array(rows.length)));
  const fresh: NewReading[] = [];
  let repeated = 0;
  for (const [i, row] of rows.entries()) {
    const earlier = known.get(`${row.slot} ${row.meter}`);
    if (!earlier) fresh.push(row);
    else if (sameValues(earlier, batch, columns, i)) repeated++;
    else conflicts.push({ task, stored: earlier, refused: asStored(row, quantities) });
  }
  return { fresh, repeated };
}

/** A quantity that only one side has counts as one that the meter did not give the other. */
function sameValues(
  { values }: StoredReading,
  { quantities }: NewReadings,
  columns: readonly Float64Array[],
  i: number,
): boolean {
  let given = 0;
  for (const [c, name] of quantities.entries()) {
    const sent = columns[c]?.[i] ?? Number.NaN;
    if (Number.isNaN(sent)) continue;
    const stored = values[name];
    if (stored === undefined || toScaled(name, stored) !== sent) return false;
    given++;
  }
  return given === Object.keys(values).length;
}
