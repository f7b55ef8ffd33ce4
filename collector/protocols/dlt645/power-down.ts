import { malformedContent, ReadError } from '../../lines/read-error.ts';
import { eventInstant } from './meter-time.ts';

/** DI3 DI2 DI1 of the power-down records; DI0 = 01 is the last one (DL/T 645-2007 table A.4). */
export const POWER_DOWN_SERIES = '031100';

const TIME_BYTES = 6;

export interface PowerDown {
  /** UTC ms. */
  readonly start: number;
  /** UTC ms; null while it lasts, or when the meter did not record it. */
  readonly end: number | null;
}

/**
 * A power-down record: start and end, YYMMDDhhmmss each. Null when the meter has no such record (start all zero or all
 * FF). Throws ReadError `malformed` for a wrong length or impossible times, `implausible` for an end before the start.
 */
export function decodePowerDown(data: Uint8Array, zone: string): PowerDown | null {
  if (data.length !== 2 * TIME_BYTES) throw malformedContent(`${data.length} bytes for a power-down record`);
  const start = eventInstant(data.subarray(0, TIME_BYTES), zone);
  if (start === null) return null;
  const end = eventInstant(data.subarray(TIME_BYTES), zone);
  if (end !== null && end < start) {
    throw new ReadError('implausible', 'power-down record ends before it starts', { next: 'skip' });
  }
  return { start, end };
}
