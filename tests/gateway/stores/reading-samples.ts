import type { QuantityName } from '#contract/quantities.ts';
import type { NewReading, NewReadings, StoredReading } from '#stores/reading-store.ts';

export const SLOT = Date.UTC(2026, 10, 20, 16);
export const QUARTER_MS = 900_000;

export function reading(fields: Partial<NewReading> & { values: NewReading['values'] }): NewReading {
  const slot = fields.slot ?? SLOT;
  return { meter: 'm1', slot, meterTime: slot + 7, readAt: slot + 21_000, quality: 'valid', rules: [], ...fields };
}

export function batchOf(
  task: string,
  quantities: readonly QuantityName[],
  rows: readonly (Partial<NewReading> & { values: NewReading['values'] })[],
): NewReadings {
  return { task, quantities, rows: rows.map(reading) };
}

/** The row as a store gives it back. */
export function stored({ quantities }: NewReadings, row: NewReading): StoredReading {
  const { values, ...rest } = row;
  const named: Partial<Record<QuantityName, number>> = {};
  for (const [i, name] of quantities.entries()) {
    const value = values[i];
    if (typeof value === 'number') named[name] = value;
  }
  return { ...rest, values: named };
}

export function allStored(batch: NewReadings): StoredReading[] {
  return batch.rows.map((row) => stored(batch, row));
}
