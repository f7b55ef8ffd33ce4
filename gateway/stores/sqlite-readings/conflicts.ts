import type { QuantityName } from '#contract/quantities.ts';
import type { NewReading, NewReadings, ReadingConflict, StoredReading } from '../reading-store.ts';
import { FIRST_VALUE, numberAt, readingAt } from './decode.ts';
import { scaleColumn } from './encode.ts';
import { quoted, selectKinds, selectList } from './layout.ts';
import type { ReadingFile } from './month-file.ts';
import { naming } from './read.ts';

const CHUNK = 1000;

/**
 * The rows of a written batch that differ from what is stored under their key. Stored rows never change, so rows that
 * this batch itself brought in are found equal, and the answer does not depend on what is written meanwhile.
 */
export async function conflictsOf(batch: NewReadings, file: ReadingFile): Promise<ReadingConflict[]> {
  const conflicts: ReadingConflict[] = [];
  for (let from = 0; from < batch.rows.length; from += CHUNK) {
    const part = { ...batch, rows: batch.rows.slice(from, from + CHUNK) };
    conflicts.push(...(await conflictsOfPart(part, file)));
  }
  return conflicts;
}

async function conflictsOfPart(batch: NewReadings, file: ReadingFile): Promise<ReadingConflict[]> {
  const { task, rows } = batch;
  const keys = JSON.stringify(rows.map((row) => [row.slot, file.refs.ref(row.meter)]));
  const found = await file.catalogue.read(task, ({ name, quantities }) => ({
    sql:
      `SELECT ${selectList(quantities, 'r')}, k.key FROM json_each(?) AS k CROSS JOIN ${quoted(name)} AS r ` +
      'WHERE r.slot = k.value ->> 0 AND r.meter = k.value ->> 1',
    params: [keys],
    kinds: [...selectKinds(quantities), 'number'],
  }));
  const conflicts: ReadingConflict[] = [];
  if (!found) return conflicts;
  const { result, table } = found;
  const meterOf = await naming(file, result);
  const sent = table.quantities.map((name) => sentColumn(batch, name));
  for (let i = 0; i < result.count; i++) {
    const place = numberAt(result, FIRST_VALUE + sent.length, i);
    const row = rows[place];
    if (!row || sent.every((column, c) => same(column?.[place], numberAt(result, FIRST_VALUE + c, i)))) continue;
    const stored = readingAt(result, i, table.quantities, meterOf);
    conflicts.push({ task, stored, refused: asStored(row, batch.quantities) });
  }
  return conflicts;
}

/** Stored integers that the batch has for a quantity, or null when it does not have the quantity at all. */
function sentColumn(batch: NewReadings, name: QuantityName): Float64Array | null {
  const place = batch.quantities.indexOf(name);
  return place === -1 ? null : scaleColumn(batch, place, new Float64Array(batch.rows.length));
}

/** A quantity that the batch does not have counts as one that the meter did not give. */
function same(sent: number | undefined, stored: number): boolean {
  return sent === undefined || Number.isNaN(sent) ? Number.isNaN(stored) : sent === stored;
}

/** A row as a store would give it back. */
export function asStored(row: NewReading, quantities: readonly QuantityName[]): StoredReading {
  const { meter, slot, meterTime, readAt, quality, rules } = row;
  const values: Partial<Record<QuantityName, number>> = {};
  for (const [c, name] of quantities.entries()) {
    const value = row.values[c];
    if (typeof value === 'number') values[name] = value;
  }
  return { meter, slot, meterTime, readAt, quality, rules, values };
}
