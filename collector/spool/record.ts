import type { Batch } from '#contract/envelope.ts';
import { toWire, type WireBatch } from '#contract/envelope-codec.ts';

/** One result on its way to the centre: a row of an envelope, with the batch it belongs to. */
export interface SpoolRecord {
  readonly stream: WireBatch['stream'];
  readonly task: string;
  /** Id of the job that asked for it. */
  readonly job?: string;
  readonly columns: readonly string[];
  readonly row: readonly unknown[];
}

export interface StoredRecord extends SpoolRecord {
  readonly seq: number;
}

/** Records of a batch, one for each row. */
export function recordsOf(batch: Batch): SpoolRecord[] {
  const { rows, ...head } = toWire(batch);
  return rows.map((row) => ({ ...head, row }));
}

/** Records of the same key stand in one batch. */
export function batchKey({ stream, task, job, columns }: SpoolRecord): string {
  return `${stream} ${task} ${job ?? ''} ${columns.join(' ')}`;
}

/** Batches of records: those with the same stream, task, job and columns stand together. */
export function batchesOf(records: readonly SpoolRecord[]): WireBatch[] {
  const batches = new Map<string, WireBatch>();
  for (const record of records) {
    const { columns, row, stream, task, job } = record;
    const key = batchKey(record);
    let batch = batches.get(key);
    if (!batch) {
      batch = { stream, task, ...(job !== undefined && { job }), columns: [...columns], rows: [] };
      batches.set(key, batch);
    }
    batch.rows.push([...row]);
  }
  return [...batches.values()];
}
