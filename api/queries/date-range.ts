import { addDays } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { dateParameter, yesterday } from './parameters.ts';

/** Longest range of days that is answered at once. */
export const MOST_DAYS = 62;

/**
 * The days of a query, ascending: `date`, or `from` and `to`, both inclusive; without any of them yesterday. Throws the
 * problems `bad_date`, `bad_range` and `range_too_long`.
 */
export function datesParameter(
  query: { readonly date?: string; readonly from?: string; readonly to?: string },
  zone: string,
  now: number,
  most = MOST_DAYS,
): string[] {
  const { date, from, to } = query;
  if (from === undefined && to === undefined) return [dateParameter('date', date ?? yesterday(zone, now))];
  if (date !== undefined) {
    throw new ApiProblem('bad_range', 'either date, or from and to', [
      { pointer: '/date', detail: 'must be left out where from and to are given' },
    ]);
  }
  if (from === undefined || to === undefined) {
    const missing = from === undefined ? 'from' : 'to';
    throw new ApiProblem('bad_range', `a range needs from and to, and ${missing} is missing`, [
      { pointer: `/${missing}`, detail: 'must be a business date such as 2026-11-20' },
    ]);
  }
  const first = dateParameter('from', from);
  const last = dateParameter('to', to);
  if (last < first) {
    throw new ApiProblem('bad_range', `${to} is before ${from}`, [
      { pointer: '/to', detail: 'must not be before from; both days are part of the range' },
    ]);
  }
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
  if (days > most) {
    throw new ApiProblem('range_too_long', `${days} days are asked for, at most ${most} are answered at once`, [
      { pointer: '/from', detail: `must be at most ${most - 1} days before to` },
    ]);
  }
  return Array.from({ length: days }, (_, day) => addDays(first, day));
}
