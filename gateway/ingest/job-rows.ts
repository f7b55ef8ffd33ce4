import type { OutcomeBatch, OutcomeRow, ReadingBatch, ReadingRow } from '#contract/envelope.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { JobResult } from '#stores/job-store.ts';

interface JobRow {
  readonly row: ReadingRow | OutcomeRow;
  /** When the collector wrote it, UTC ms. */
  readonly at: number;
  readonly result: JobResult;
}

/** Rows of a batch of a job as results of its reads. What will be tried again is no result yet. */
export function jobResults(batch: ReadingBatch | OutcomeBatch, job: string): JobRow[] {
  if (batch.stream === 'reading') {
    return batch.rows.map((row) => {
      const { meter, slot, meterTime, readAt } = row;
      const values = valuesOf(batch.quantities, row);
      return { row, at: readAt, result: { job, meter, slot, meterTime, readAt, values, reason: null, detail: '' } };
    });
  }
  return batch.rows
    .filter(({ final }) => final)
    .map((row) => {
      const { meter, slot, at, reason, detail } = row;
      return { row, at, result: { job, meter, slot, meterTime: null, readAt: at, values: null, reason, detail } };
    });
}

/** What the meter gave; an item without value is left out. */
function valuesOf(quantities: readonly QuantityName[], row: ReadingRow): Partial<Record<QuantityName, number>> {
  const values: Partial<Record<QuantityName, number>> = {};
  for (const [i, name] of quantities.entries()) {
    const value = row.values[i];
    if (value !== null && value !== undefined) values[name] = value;
  }
  return values;
}
