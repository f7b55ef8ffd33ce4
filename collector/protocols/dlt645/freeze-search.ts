import { dateOf, isoLocal } from '#contract/zone.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { FreezeSeries } from '../../profiles/dlt645-profile.ts';
import { nthLast } from './identifier.ts';
import { CLOCK_TOLERANCE_S, clockOffsetS } from './meter-clock.ts';
import { dataOrNone, type MeterSession } from './meter-session.ts';
import { stampInstant, stampText } from './meter-time.ts';

const PERIOD_MS = { day: 86_400_000, hour: 3_600_000 } as const;

/**
 * Guesses that go by the days or hours between a stamp and the slot: the first is right when the meter missed moments on one
 * side of it only. After that halving is quicker.
 */
const MOST_JUMPS = 2;

/** Name of the local day or hour that an instant lies in; at each change of it the freezes move one number up. */
export function periodOf(zone: string, { every }: FreezeSeries, instant: number): string {
  return every === 'day' ? dateOf(zone, instant) : isoLocal(zone, instant).slice(0, 13);
}

/** Whole local days from the date of one instant to that of another, or hours. */
function periodsBetween(zone: string, { every }: FreezeSeries, from: number, to: number): number {
  if (every === 'hour') return Math.floor((to - from) / PERIOD_MS.hour);
  return (Date.parse(dateOf(zone, to)) - Date.parse(dateOf(zone, from))) / PERIOD_MS.day;
}

/** Stamp of the n-th last freeze; null = the meter has none there, undefined = it does not know the identifier. */
export async function freezeStamp(
  session: MeterSession,
  { stampSeries }: FreezeSeries,
  n: number,
): Promise<number | null | undefined> {
  const data = await dataOrNone(session, nthLast(stampSeries, n));
  return data === null ? undefined : stampInstant(data, session.zone);
}

/**
 * Which n-th last freeze is stamped with `slot`. A meter that missed midnights (or hours) has fewer freezes than days
 * have passed, so the count of days is only the first guess and stamps lead on from there. Rejects with ReadError
 * `not_supported` (older than the meter keeps, or no such freezes at all), `meter_clock_wrong` (off by more than five
 * minutes, detail `offset -93600 s`), `stale_freeze` (no freeze of that slot, detail names the nearest stamp).
 */
export async function findFreeze(session: MeterSession, freezes: FreezeSeries, slot: number): Promise<number> {
  const { zone, clock } = session;
  const { every, kept } = freezes;
  const age = periodsBetween(zone, freezes, slot, clock.now());
  if (age >= kept) {
    throw new ReadError('not_supported', `${age} ${every}s ago, ${kept} freezes are kept`, { next: 'skip' });
  }
  let low = 1;
  let high = kept;
  let n = Math.max(low, age + 1);
  let known = false;
  let nearest: number | null = null;
  for (let tries = 1; low <= high; tries++) {
    const stamp = await freezeStamp(session, freezes, n);
    if (stamp === slot) return n;
    known ||= stamp !== undefined;
    const seen = stamp ?? null;
    nearest = nearerOf(nearest, seen, slot);
    // Where nothing stands, the freezes that exist have lower numbers.
    if (seen !== null && seen > slot) low = n + 1;
    else high = n - 1;
    const jump = seen === null || tries > MOST_JUMPS ? null : n + periodsBetween(zone, freezes, slot, seen);
    n = jump === null ? Math.floor((low + high) / 2) : Math.min(high, Math.max(low, jump));
  }
  throw known
    ? await whyMissing(session, nearest)
    : new ReadError('not_supported', `no ${every} freeze`, { next: 'skip' });
}

function nearerOf(one: number | null, other: number | null, slot: number): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.abs(other - slot) < Math.abs(one - slot) ? other : one;
}

/** A freeze is missing because the meter lives in another time, or because it had no power at midnight. */
async function whyMissing(session: MeterSession, nearest: number | null): Promise<ReadError> {
  const offset = await clockOffsetS(session);
  if (offset === null) return new ReadError('meter_clock_wrong', 'the clock shows no time', { next: 'skip' });
  if (offset !== undefined && Math.abs(offset) > CLOCK_TOLERANCE_S) {
    return new ReadError('meter_clock_wrong', `offset ${offset} s`, { next: 'skip' });
  }
  const found = nearest === null ? 'no freeze' : `freeze of ${stampText(nearest, session.zone)}`;
  return new ReadError('stale_freeze', found, { next: 'skip' });
}
