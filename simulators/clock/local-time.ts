/**
 * Calendar of the simulated field: fixed UTC+8 without summer time, counted in whole seconds. Kept apart from any
 * time-zone database so that a mistake there shows as a difference.
 */
const ZONE_S = 28_800;
export const DAY_S = 86_400;
export const HOUR_S = 3_600;
export const QUARTER_S = 900;
export const QUARTERS = 96;

/** 2024-01-01 00:00 +08:00 in UTC seconds: every simulated meter was installed then and counts from there. */
export const EPOCH_S = Date.UTC(2024, 0, 1) / 1000 - ZONE_S;

export interface LocalParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** 0 = Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Simulated values change at whole seconds only. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000);
}

/** Local days since the epoch; negative before it. */
export function dayIndex(second: number): number {
  return Math.floor((second - EPOCH_S) / DAY_S);
}

export function dayStart(index: number): number {
  return EPOCH_S + index * DAY_S;
}

/** The last local midnight at or before a second. */
export function midnightBefore(second: number): number {
  return dayStart(dayIndex(second));
}

export function localParts(second: number): LocalParts {
  const date = new Date((second + ZONE_S) * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** UTC second at which a local clock shows these numbers; impossible dates give undefined. */
export function secondOf(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
): number | undefined {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? ms / 1000 - ZONE_S : undefined;
}

/** `YYYY-MM-DD` of the local day. */
export function dateText(second: number): string {
  return new Date((second + ZONE_S) * 1000).toISOString().slice(0, 10);
}

/** UTC second of the local midnight that begins `YYYY-MM-DD`, or undefined for anything else. */
export function midnightOf(date: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  return match ? secondOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
}

/** The n-th last first-of-month midnight at or before a second; n = 1 is the latest. */
export function monthStartBefore(second: number, n: number): number {
  const { year, month } = localParts(second);
  return Date.UTC(year, month - n, 1) / 1000 - ZONE_S;
}

/** Seasons of the load curve; `cooling` is the air-conditioning peak of July and August. */
export type Season = 'winter' | 'transition' | 'summer' | 'cooling';

export interface CalendarDay {
  readonly season: Season;
  readonly weekend: boolean;
  /** 1 on the first of January. */
  readonly dayOfYear: number;
}

const days = new Map<number, CalendarDay>();

export function calendarDay(index: number): CalendarDay {
  let found = days.get(index);
  if (!found) {
    const { year, month, day, weekday } = localParts(dayStart(index));
    const dayOfYear = Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 0)) / 86_400_000);
    found = { season: seasonOf(month, day), weekend: weekday === 0 || weekday === 6, dayOfYear };
    days.set(index, found);
  }
  return found;
}

/** Borders of the H0 profile: winter 1 November to 20 March, summer 15 May to 14 September. */
function seasonOf(month: number, day: number): Season {
  const key = month * 100 + day;
  if (key <= 320 || key >= 1101) return 'winter';
  if (month === 7 || month === 8) return 'cooling';
  return key >= 515 && key <= 914 ? 'summer' : 'transition';
}
