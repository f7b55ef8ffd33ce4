import type { OutcomeRow, ReadingRow } from '#contract/envelope.ts';
import type { Answer } from '../protocols/meter-reader.ts';
import { recordsOf, type SpoolRecord } from '../spool/record.ts';
import type { Attempted } from './due-read.ts';

/** What a result is the result of. */
export interface Asked {
  readonly job: string;
  readonly meter: string;
  /** UTC ms. */
  readonly slot: number;
  /** Under which the result travels: ON_DEMAND, or the task whose slot is read again. */
  readonly under: string;
}

/** Records of a read on demand that was answered, the events of the meter included. */
export function answerRecords({ job, meter, slot, under }: Asked, answer: Answer): SpoolRecord[] {
  const { meterTime, readAt, values, events } = answer;
  const row: ReadingRow = { meter, slot, meterTime, readAt, values: [...values.values()] };
  const of = { task: under, job };
  const records = recordsOf({ stream: 'reading', ...of, quantities: [...values.keys()], rows: [row] });
  return events.length === 0 ? records : [...records, ...recordsOf({ stream: 'event', ...of, rows: events })];
}

/** Records of a read on demand without an answer: nobody tries it again. */
export function failureRecords(
  { job, meter, slot, under }: Asked,
  { reason, detail, attempts, lastBytes, at }: Attempted,
): SpoolRecord[] {
  const row: OutcomeRow = { meter, slot, at, reason, detail: detail.slice(0, 200), attempts, lastBytes, final: true };
  return recordsOf({ stream: 'outcome', task: under, job, rows: [row] });
}
