import { addDays, dateOf, instantOf, nextMonth } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { dateParameter, yesterday } from './parameters.ts';

/** Days that are answered at once. */
export const LONGEST_DAYS = 62;

/** What of a query names the days; `end` is the first day that is not in. */
export interface PeriodQuery {
  readonly date?: string;
  readonly period?: string;
  readonly start?: string;
  readonly end?: string;
}

export interface LossPeriod {
  readonly kind: 'day' | 'month' | 'range';
  /** `2026-11-20`, `2026-10`, or both ends of a range. */
  readonly name: string;
  /** All business dates that were asked for, ascending. */
  readonly dates: readonly string[];
  /** Those that are over: the freeze that ends them was due. */
  readonly over: readonly string[];
}

/**
 * Business dates of a query: a `date`, a `period` (month), or `start` and `end`; yesterday when it names none. A month
 * may go on still: then it is the month to date. Throws bad_request, bad_date, bad_range or range_too_long.
 */
export function lossPeriod(query: PeriodQuery, zone: string, now: number): LossPeriod {
  const { date, period, start, end } = query;
  const named = [date, period, start ?? end].filter((part) => part !== undefined);
  if (named.length > 1) {
    throw new ApiProblem('bad_request', 'date, period and start with end exclude each other', [
      { pointer: date === undefined ? '/period' : '/date', detail: 'send one of date, period, or start and end' },
    ]);
  }
  if (start !== undefined || end !== undefined) return rangeOf(start, end, zone, now);
  if (period !== undefined) return monthOf(period, zone, now);
  const day = dateParameter('date', date ?? yesterday(zone, now));
  notAhead('date', day, zone, now);
  return madeOf('day', day, day, addDays(day, 1), zone, now);
}

function monthOf(period: string, zone: string, now: number): LossPeriod {
  const first = `${period}-01`;
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(period)) {
    throw new ApiProblem('bad_date', `${period} is no month`, [
      { pointer: '/period', detail: 'must be a month such as 2026-10' },
    ]);
  }
  notAhead('period', first, zone, now);
  return madeOf('month', period, first, nextMonth(first), zone, now);
}

function rangeOf(start: string | undefined, end: string | undefined, zone: string, now: number): LossPeriod {
  if (start === undefined || end === undefined) {
    const pointer = start === undefined ? '/start' : '/end';
    throw new ApiProblem('bad_range', 'a range needs both its ends', [{ pointer, detail: 'must be a date' }]);
  }
  const from = dateParameter('start', start);
  const to = dateParameter('end', end);
  if (to <= from) {
    throw new ApiProblem('bad_range', `${from} to ${to} is no range: end is the first day that is not in`, [
      { pointer: '/end', detail: `must be after ${from}` },
    ]);
  }
  if (addDays(from, LONGEST_DAYS) < to) {
    throw new ApiProblem('range_too_long', `more than ${LONGEST_DAYS} days are not answered at once`, [
      { pointer: '/end', detail: `must be ${addDays(from, LONGEST_DAYS)} at the latest` },
    ]);
  }
  notAhead('start', from, zone, now);
  return madeOf('range', `${from}/${to}`, from, to, zone, now);
}

function notAhead(name: string, date: string, zone: string, now: number): void {
  const today = dateOf(zone, now);
  if (date <= today) return;
  throw new ApiProblem('bad_date', `${date} has not begun yet`, [
    { pointer: `/${name}`, detail: `must be ${today} or before` },
  ]);
}

function madeOf(
  kind: LossPeriod['kind'],
  name: string,
  from: string,
  to: string,
  zone: string,
  now: number,
): LossPeriod {
  const dates: string[] = [];
  for (let date = from; date < to; date = addDays(date, 1)) dates.push(date);
  return { kind, name, dates, over: dates.filter((date) => instantOf(zone, addDays(date, 1)) <= now) };
}

/** What a reader must be told of a period that is not over. */
export function periodWarnings({ kind, dates, over }: LossPeriod): string[] {
  if (over.length === dates.length) return [];
  const what = kind === 'month' ? 'month to date' : kind === 'day' ? 'the day is not over' : 'the range is not over';
  return [`${what}: ${over.length} of ${dates.length} days are over`];
}
