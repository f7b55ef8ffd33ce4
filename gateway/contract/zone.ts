/**
 * Calendar arithmetic in a named time zone, on plain numbers: instants are UTC milliseconds, dates are `YYYY-MM-DD`
 * strings. Days may have 23 or 25 hours. Works without the Temporal global.
 */
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();
/** Names of days, by their number since 1970-01-01: every row asks for one. */
const dates = new Map<number, string>();
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, found);
  }
  return found;
}

export function isTimeZone(zone: string): boolean {
  try {
    format(zone);
    return true;
  } catch {
    return false;
  }
}

/** Offset of local time from UTC in milliseconds at an instant. Transitions fall on quarter hours in every zone. */
export function offsetAt(zone: string, at: number): number {
  let memo = offsets.get(zone);
  if (!memo) {
    memo = new Map();
    offsets.set(zone, memo);
  }
  const quarter = Math.floor(at / QUARTER_MS);
  let offset = memo.get(quarter);
  if (offset === undefined) {
    if (memo.size > 50_000) memo.clear();
    const start = quarter * QUARTER_MS;
    const parts: Record<string, number> = {};
    for (const part of format(zone).formatToParts(start)) parts[part.type] = Number(part.value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
    memo.set(quarter, offset);
  }
  return offset;
}

/** Local wall time as if it were UTC; format it with the UTC methods of Date. */
function localMs(zone: string, at: number): number {
  return at + offsetAt(zone, at);
}

/** Business date of an instant, `YYYY-MM-DD`. */
export function dateOf(zone: string, at: number): string {
  const day = Math.floor(localMs(zone, at) / DAY_MS);
  let date = dates.get(day);
  if (date === undefined) {
    if (dates.size > 5000) dates.clear();
    date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  return date;
}

/** `YYYY-MM-DDThh:mm:ss.sss+hh:mm` in the zone. */
export function isoLocal(zone: string, at: number): string {
  const offset = offsetAt(zone, at);
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset) / 60_000;
  const hh = String(Math.floor(minutes / 60)).padStart(2, '0');
  const mm = String(minutes % 60).padStart(2, '0');
  return `${new Date(at + offset).toISOString().slice(0, -1)}${sign}${hh}:${mm}`;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** True for an existing calendar date written `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** The date `days` later (earlier when negative). */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** First day of the month of a date. */
export function monthStart(date: string): string {
  return `${date.slice(0, 7)}-01`;
}

/** First day of the month after that of a date. */
export function nextMonth(date: string): string {
  return monthStart(addDays(monthStart(date), 31));
}

/**
 * Instant at which the local clock shows `date` plus `seconds` after midnight. A time that the clock skips is moved
 * forward by the length of the jump; of a time that occurs twice the first is taken.
 */
export function instantOf(zone: string, date: string, seconds = 0): number {
  const wall = Date.parse(`${date}T00:00:00Z`) + seconds * 1000;
  const before = wall - offsetAt(zone, wall - DAY_MS);
  if (before + offsetAt(zone, before) === wall) return before;
  const after = wall - offsetAt(zone, wall + DAY_MS);
  return after + offsetAt(zone, after) === wall ? after : before;
}

/** Seconds after midnight of `hh:mm`. */
export function secondsOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 3600 + Number(timeOfDay.slice(3, 5)) * 60;
}
