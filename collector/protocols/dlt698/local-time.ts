import { instantOf, isDate, isoLocal } from '#contract/zone.ts';
import { malformedContent } from '../../lines/read-error.ts';
import type { Data, TimeKind } from './data-types.ts';

/** Places of hour, minute and second: date_time has the day of the week before them, and milliseconds behind. */
const CLOCK_AT = { date_time: 5, date_time_s: 4, time: 0, date: null } as const;

/** Wire bytes of a date_time_s in the meter's local time: year (2), month, day, hour, minute, second. */
export function stampBytes(instant: number, zone: string): Uint8Array {
  const [year = 0, ...rest] = isoLocal(zone, instant).slice(0, 19).split(/[-T:]/).map(Number);
  return Uint8Array.of(year >> 8, year & 0xff, ...rest);
}

/** Wire bytes of a date_time: the same with the day of the week (0 = Sunday) and milliseconds. */
export function dateTimeBytes(instant: number, zone: string): Uint8Array {
  const stamp = stampBytes(instant, zone);
  const weekday = new Date(`${isoLocal(zone, instant).slice(0, 10)}T00:00:00Z`).getUTCDay();
  const ms = ((instant % 1000) + 1000) % 1000;
  return Uint8Array.of(...stamp.subarray(0, 4), weekday, ...stamp.subarray(4), ms >> 8, ms & 0xff);
}

/** True for all FF or all zero: the meter has no time there. */
export function isUnset(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0xff) || bytes.every((byte) => byte === 0);
}

/**
 * Instant (UTC ms, whole seconds) of a date_time_s or date_time in the meter's local time; null for null data and for a
 * time that is unset. Throws ReadError `malformed` for month 13 and its like, and for other data.
 */
export function instantOfData(data: Data, zone: string): number | null {
  if (data.kind === 'null') return null;
  if (data.kind !== 'date_time_s' && data.kind !== 'date_time')
    throw malformedContent(`${data.kind} instead of a time`);
  return instantOfBytes(data.kind, data.bytes, zone);
}

function instantOfBytes(kind: 'date_time' | 'date_time_s', bytes: Uint8Array, zone: string): number | null {
  if (isUnset(bytes)) return null;
  const date = dateText(bytes);
  const [hour = 0, minute = 0, second = 0] = bytes.subarray(CLOCK_AT[kind]);
  if (!isDate(date) || hour > 23 || minute > 59 || second > 59) {
    throw malformedContent(`no such time: ${timeText(kind, bytes)}`);
  }
  return instantOf(zone, date, hour * 3600 + minute * 60 + second);
}

/** `2026-11-20 00:05:00` as the bytes say it, possible or not. */
export function timeText(kind: TimeKind, bytes: Uint8Array): string {
  const at = CLOCK_AT[kind];
  const clock = at === null ? [] : [[...bytes.subarray(at, at + 3)].map(two).join(':')];
  return [...(kind === 'time' ? [] : [dateText(bytes)]), ...clock].join(' ');
}

function dateText(bytes: Uint8Array): string {
  const [high = 0, low = 0, month = 0, day = 0] = bytes;
  return `${String((high << 8) | low).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
