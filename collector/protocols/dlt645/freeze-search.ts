import { ReadError } from '../../lines/read-error.ts';
import type { FreezeSeries } from '../../profiles/dlt645-profile.ts';
import { nthLast } from './identifier.ts';
import { CLOCK_TOLERANCE_S, recentOffsetS } from './meter-clock.ts';
import { dataOrNone, type MeterSession } from './meter-session.ts';
import { stampInstant, stampText } from './meter-time.ts';
import { periodsBetween } from './periods.ts';

/**
 * Guesses that go by the days or hours between a stamp and the slot: the first is right when the meter missed moments on one
 * side of it only. After that halving is quicker.
 */
const MOST_JUMPS = 2;

/** A repair that misses many freezes of a meter looks at its clock once an hour, not for each of them. */
const REASON_HOLDS_MS = 3_600_000;

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
 * have passed, so the count of days from now, or from the freeze seen last, is only the first guess and stamps lead on
 * from there. Rejects with ReadError
 * `not_supported` (older than the meter keeps, or no such freezes at all), `meter_clock_wrong` (off by more than five
 * minutes, detail `offset -93600 s`), `stale_freeze` (no freeze of that slot, detail names the nearest stamp).
 */
export async function findFreeze(session: MeterSession, freezes: FreezeSeries, slot: number): Promise<number> {
  const { zone, clock, meter, freezeBook } = session;
  const { every, kept } = freezes;
  const age = periodsBetween(zone, freezes, slot, clock.now());
  if (age >= kept) {
    throw new ReadError('not_supported', `${age} ${every}s ago, ${kept} freezes are kept`, { next: 'skip' });
  }
  let low = 1;
  let high = Math.max(low, freezeBook.end(meter, freezes, clock.now()) - 1);
  let n = Math.min(high, Math.max(low, freezeBook.guess(meter, freezes, slot, clock.now()) ?? age + 1));
  let known = false;
  let nearest: number | null = null;
  for (let tries = 1; low <= high; tries++) {
    const stamp = await freezeStamp(session, freezes, n);
    const seen = stamp ?? null;
    freezeBook.note(meter, freezes, { n, stamp: seen, at: clock.now() });
    if (stamp === slot) return n;
    known ||= stamp !== undefined;
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
  const offset = await recentOffsetS(session, REASON_HOLDS_MS);
  if (offset === null) return new ReadError('meter_clock_wrong', 'the clock shows no time', { next: 'skip' });
  if (offset !== undefined && Math.abs(offset) > CLOCK_TOLERANCE_S) {
    return new ReadError('meter_clock_wrong', `offset ${offset} s`, { next: 'skip' });
  }
  const found = nearest === null ? 'no freeze' : `freeze of ${stampText(nearest, session.zone)}`;
  return new ReadError('stale_freeze', found, { next: 'skip' });
}
