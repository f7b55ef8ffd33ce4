import { MAX_ENVELOPE_BATCHES, MAX_ENVELOPE_BYTES } from '#contract/envelope.ts';
import { batchKey, type StoredRecord } from './record.ts';

/** What stands in an envelope beside its batches takes less than this. */
const ENVELOPE_OVERHEAD_BYTES = 1024;
/** Numbers that one envelope may account for; more of them may be missing between two records. */
const MOST_NUMBERS = 1_000_000;

/** What one envelope accounts for: every number from `from` to `to`, of which these are held. */
export interface Portion {
  readonly from: number;
  readonly to: number;
  readonly records: readonly StoredRecord[];
}

/** As much of what is to be sent as one envelope may hold. */
export function fitting({ from, to, records }: Portion): Portion {
  const most = Math.min(to, from + MOST_NUMBERS - 1);
  const taken: StoredRecord[] = [];
  const batches = new Set<string>();
  let bytes = ENVELOPE_OVERHEAD_BYTES;
  for (const record of records) {
    if (record.seq > most) break;
    const key = batchKey(record);
    bytes += Buffer.byteLength(JSON.stringify(record.row)) + 1;
    if (!batches.has(key)) bytes += headBytes(record);
    batches.add(key);
    if (taken.length > 0 && (bytes > MAX_ENVELOPE_BYTES || batches.size > MAX_ENVELOPE_BATCHES)) {
      return { from, to: record.seq - 1, records: taken };
    }
    taken.push(record);
  }
  return { from, to: most, records: taken };
}

/** What a batch takes beside its rows. */
function headBytes({ stream, task, job, columns }: StoredRecord): number {
  return Buffer.byteLength(JSON.stringify({ stream, task, job, columns, rows: [] })) + 1;
}
