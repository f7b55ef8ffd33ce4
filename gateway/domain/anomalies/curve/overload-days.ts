import { at } from '../hold.ts';
import type { Facts } from '../transition.ts';
import { CURVE_BOUNDS } from './limits.ts';
import { type CurveState, HEAD } from './state.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Points of an hourly curve hang together. */
const MAX_GAP_MS = HOUR_MS;
/** Days of which nothing is known and that break no row. */
const MAX_DARK_DAYS = 2;

/**
 * Counts the overloaded time of the local day, of the day's 24 hours, and the days on end that had at least an hour of
 * it. True at the point by which the days are so many that a larger transformer should be thought of.
 */
export function countOverload(state: CurveState, slot: number, isOver: boolean, zoneOffsetMs: number): boolean {
  const day = Math.floor((slot + zoneOffsetMs) / DAY_MS);
  const knownDay = at(state, HEAD.day);
  if (knownDay !== day) {
    if (at(state, HEAD.overloadDay) !== knownDay || day - knownDay > MAX_DARK_DAYS + 1) state[HEAD.overloadDays] = 0;
    state[HEAD.day] = day;
    state[HEAD.overloadMs] = 0;
  }
  const before = at(state, HEAD.overloadAt);
  state[HEAD.overloadAt] = isOver ? slot : 0;
  if (!isOver || before === 0 || slot - before > MAX_GAP_MS) return false;
  state[HEAD.overloadMs] = at(state, HEAD.overloadMs) + slot - before;
  if (at(state, HEAD.overloadMs) < CURVE_BOUNDS.overloadHours * HOUR_MS || at(state, HEAD.overloadDay) === day)
    return false;
  state[HEAD.overloadDays] = at(state, HEAD.overloadDays) + 1;
  state[HEAD.overloadDay] = day;
  return at(state, HEAD.overloadDays) >= CURVE_BOUNDS.overloadDays;
}

export function overloadFacts(state: CurveState): Facts {
  const daysInRow = at(state, HEAD.overloadDays);
  const isLasting = daysInRow >= CURVE_BOUNDS.overloadDays;
  return {
    overloadedHoursOfDay: Math.round((at(state, HEAD.overloadMs) / HOUR_MS) * 100) / 100,
    overloadedDaysInRow: daysInRow,
    ...(isLasting ? { suggestion: 'capacity increase' } : {}),
  };
}
