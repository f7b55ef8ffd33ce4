import { malformedContent, ReadError } from '../../lines/read-error.ts';
import { eventInstant } from './meter-time.ts';

/** Where the times YYMMDDhhmmss stand in a record; without `endAt` the event has no duration. */
export interface RecordTimes {
  readonly startAt: number;
  readonly endAt: number | null;
}

export interface RecordedEvent {
  /** UTC ms. */
  readonly start: number;
  /** UTC ms; null while it lasts, or when the meter did not record it. */
  readonly end: number | null;
}

const TIME_BYTES = 6;

/**
 * Times of an event record; what else stands in it is left alone, for firmware adds and leaves out. Null when the meter
 * has no such record (start all zero or all FF). Throws ReadError `malformed` for data that is too short or impossible
 * times, `implausible` for an end before the start.
 */
export function decodeEventRecord(data: Uint8Array, times: RecordTimes, zone: string): RecordedEvent | null {
  const { startAt, endAt } = times;
  if (data.length < Math.max(startAt, endAt ?? 0) + TIME_BYTES) {
    throw malformedContent(`${data.length} bytes for an event record`, data);
  }
  const at = (from: number): number | null => eventInstant(data.subarray(from, from + TIME_BYTES), zone);
  const start = at(startAt);
  if (start === null) return null;
  const end = endAt === null ? start : at(endAt);
  if (end !== null && end < start) {
    throw new ReadError('implausible', 'event record ends before it starts', { next: 'skip' });
  }
  return { start, end };
}
