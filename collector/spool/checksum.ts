import { crc32 } from 'node:zlib';
import type { DayProgress } from '../schedule/progress.ts';

/** A record as the file holds it. `crc` is null in what was written by a program that knew no checksums. */
export interface RecordRow {
  readonly row: number;
  readonly at: number;
  readonly stream: string;
  readonly task: string;
  readonly job: string | null;
  readonly columns: string;
  readonly cells: string;
  readonly crc: number | null;
}

/** CRC-32 of everything that a record says, and of its place, so that none passes for another. */
export function recordCrc({ row, at, stream, task, job, columns, cells }: Omit<RecordRow, 'crc'>): number {
  return crc32(`${row}\n${at}\n${stream}\n${task}\n${job ?? ''}\n${columns}\n${cells}`);
}

/** CRC-32 of the settled slots of a meter's day. */
export function progressCrc({ task, meter, date, bits }: DayProgress): number {
  return crc32(bits, crc32(`${task}\n${meter}\n${date}\n`));
}

/** A text that can tell whether it was changed. */
export function sealed(text: string): string {
  return `${crc32(text).toString(16)} ${text}`;
}

/** The text that was sealed, or null when it was changed since. */
export function unsealed(stored: string): string | null {
  const text = stored.slice(stored.indexOf(' ') + 1);
  return sealed(text) === stored ? text : null;
}
