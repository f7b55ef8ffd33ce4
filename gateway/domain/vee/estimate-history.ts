import { addDays, dateOf, instantOf } from '#contract/zone.ts';

/** A register that counts, at an instant, UTC ms. */
export interface KnownWh {
  readonly at: number;
  readonly wh: number;
}

/** Energy of one local day of a meter. */
export interface DayWh {
  readonly date: string;
  readonly wh: number;
}

/** A local day, or the part of one that lies within a stretch. */
interface DayPart {
  readonly date: string;
  readonly ms: number;
  /** Length of the whole day: 23, 24 or 25 hours. */
  readonly dayMs: number;
}

export const DAY_MS = 86_400_000;
/** Days around a change of the clock have an hour more or less; a little room beside. */
export const DAY_SLACK_MS = 2 * 3_600_000;
/** Like days are taken from the past 28: four of each day of the week (metering practice for VEE). */
const HISTORY_MS = 28 * DAY_MS + DAY_SLACK_MS;

/**
 * Energies of the days in the 28 days up to and including `until` at whose both ends a register counts, oldest first.
 * `differenceWh` says what lies between two registers, or null when that cannot be.
 */
export function dayEnergies(
  known: readonly KnownWh[],
  until: number,
  zone: string,
  differenceWh: (earlier: KnownWh, later: KnownWh) => number | null,
): DayWh[] {
  const days: DayWh[] = [];
  for (const [i, later] of known.entries()) {
    const earlier = known[i - 1];
    if (!earlier || later.at > until || earlier.at < until - HISTORY_MS) continue;
    if (Math.abs(later.at - earlier.at - DAY_MS) > DAY_SLACK_MS) continue;
    const wh = differenceWh(earlier, later);
    if (wh !== null) days.push({ date: dateOf(zone, earlier.at), wh });
  }
  return days;
}

/**
 * Mean energy of like days: days of the same kind, working days or weekends. Where fewer than `enough` of the kind are
 * known, all days count. Public holidays are taken for what the calendar says: no list of them is at hand.
 */
export function likeDayWh(days: readonly DayWh[], date: string, enough: number): number | null {
  const like = days.filter((day) => isWeekend(day.date) === isWeekend(date));
  const taken = like.length >= enough ? like : days;
  if (taken.length === 0) return null;
  return taken.reduce((sum, { wh }) => sum + wh, 0) / taken.length;
}

function isWeekend(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`).getUTCDay();
  return day === 0 || day === 6;
}

/** Whole Wh of [from, to) when `dayWh` says what a local day has, parts of days by time; null when it cannot say. */
export function stretchWh(
  from: number,
  to: number,
  zone: string,
  dayWh: (date: string) => number | null,
): number | null {
  let sum = 0;
  for (const { date, ms, dayMs } of dayParts(from, to, zone)) {
    const wh = dayWh(date);
    if (wh === null) return null;
    sum += (wh * ms) / dayMs;
  }
  return Math.round(sum);
}

function dayParts(from: number, to: number, zone: string): DayPart[] {
  const parts: DayPart[] = [];
  for (let start = from; start < to; ) {
    const date = dateOf(zone, start);
    const next = instantOf(zone, addDays(date, 1));
    const end = Math.min(next, to);
    parts.push({ date, ms: end - start, dayMs: next - instantOf(zone, date) });
    start = end;
  }
  return parts;
}
