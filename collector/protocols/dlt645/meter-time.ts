import { instantOf, isDate, isoLocal } from '#contract/zone.ts';
import { malformedContent } from '../../lines/read-error.ts';

/** Two digits each, in the order on the wire. WW is the day of the week, 0 = Sunday. */
const RANGES = {
  ss: [0, 59],
  mm: [0, 59],
  hh: [0, 23],
  WW: [0, 7],
  DD: [1, 31],
  MM: [1, 12],
  YY: [0, 99],
} as const;
type Part = keyof typeof RANGES;

const STAMP_PARTS = ['mm', 'hh', 'DD', 'MM', 'YY'] as const;
const EVENT_PARTS = ['ss', 'mm', 'hh', 'DD', 'MM', 'YY'] as const;
const DATE_PARTS = ['WW', 'DD', 'MM', 'YY'] as const;
const TIME_PARTS = ['ss', 'mm', 'hh'] as const;
const CLOCK_PARTS = ['ss', 'mm', 'hh', 'WW', 'DD', 'MM', 'YY'] as const;

type Parts = Partial<Record<Part, number>>;

/**
 * Instant (UTC ms) of a stamp YYMMDDhhmm in the meter's local time, 5 bytes low first: freezes, profiles, demands.
 * Null when all zero or all FF: nothing recorded. Throws ReadError `malformed` for month 13 and its like.
 */
export function stampInstant(bytes: Uint8Array, zone: string): number | null {
  return isUnset(bytes) ? null : toInstant(partsOf(bytes, STAMP_PARTS), zone);
}

/** The same of YYMMDDhhmmss, 6 bytes: events. */
export function eventInstant(bytes: Uint8Array, zone: string): number | null {
  return isUnset(bytes) ? null : toInstant(partsOf(bytes, EVENT_PARTS), zone);
}

/** Calendar date YYYY-MM-DD of YYMMDDWW, 4 bytes (04000101). */
export function dateText(bytes: Uint8Array): string {
  return toDate(partsOf(bytes, DATE_PARTS));
}

/** Seconds after midnight of hhmmss, 3 bytes (04000102). */
export function secondsOfDay(bytes: Uint8Array): number {
  return toSeconds(partsOf(bytes, TIME_PARTS));
}

/** Instant (UTC ms) of YYMMDDWWhhmmss, 7 bytes (0400010C). */
export function clockInstant(bytes: Uint8Array, zone: string): number {
  return toInstant(partsOf(bytes, CLOCK_PARTS), zone);
}

/** Wire bytes mm hh DD MM YY of an instant in the meter's local time, for a load profile request. */
export function stampBytes(instant: number, zone: string): Uint8Array {
  const [year, month, day, hour, minute] = isoLocal(zone, instant).slice(2, 16).split(/[-T:]/);
  return Uint8Array.from(Buffer.from(`${minute}${hour}${day}${month}${year}`, 'hex'));
}

/** `2026-11-20 00:00` in the zone: for messages. */
export function stampText(instant: number, zone: string): string {
  return isoLocal(zone, instant).slice(0, 16).replace('T', ' ');
}

function isUnset(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff);
}

function partsOf(bytes: Uint8Array, order: readonly Part[]): Parts {
  if (bytes.length !== order.length) {
    throw malformedContent(`time of ${bytes.length} bytes instead of ${order.length}`);
  }
  const parts: Parts = {};
  for (const [i, part] of order.entries()) {
    const byte = bytes[i] ?? 0;
    const value = (byte >> 4) * 10 + (byte & 0x0f);
    const [least, most] = RANGES[part];
    if ((byte & 0x0f) > 9 || value < least || value > most) {
      throw malformedContent(`time with ${part} ${byte.toString(16).toUpperCase().padStart(2, '0')}`);
    }
    parts[part] = value;
  }
  return parts;
}

function toDate({ YY = 0, MM = 0, DD = 0 }: Parts): string {
  const date = `20${[YY, MM, DD].map((part) => String(part).padStart(2, '0')).join('-')}`;
  if (!isDate(date)) throw malformedContent(`no such date: ${date}`);
  return date;
}

function toSeconds({ hh = 0, mm = 0, ss = 0 }: Parts): number {
  return hh * 3600 + mm * 60 + ss;
}

function toInstant(parts: Parts, zone: string): number {
  return instantOf(zone, toDate(parts), toSeconds(parts));
}
