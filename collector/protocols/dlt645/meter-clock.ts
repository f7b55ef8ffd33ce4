import { instantOf } from '#contract/zone.ts';
import { ReadError } from '../../lines/read-error.ts';
import { type Asked, knownData, type MeterSession } from './meter-session.ts';
import { clockInstant, dateText, secondsOfDay } from './meter-time.ts';

/** Identifiers of the clock: date with weekday, time of day, and both in one where the edition has that. */
export interface ClockItems {
  readonly date: string;
  readonly time: string;
  readonly whole: string | null;
}

/** Date and time in one are an extension of 2013 that older meters lack. */
const ITEMS_2007: ClockItems = { date: '04000101', time: '04000102', whole: '0400010C' };

/** What it takes to look at the clock of a meter. */
type Timed = Asked & Pick<MeterSession, 'clock' | 'zone' | 'clockBook'>;

/** Date and time come in two replies: just after midnight the date may still be that of the day before. */
const DATE_DOUBTFUL_BELOW_S = 60;

/** A meter whose clock is further off than this is said to have a wrong clock (usual limit: 5 minutes). */
export const CLOCK_TOLERANCE_S = 300;

/** A value frozen by a clock that is further off than this belongs to another moment than its stamp says. */
export const FREEZE_CLOCK_LIMIT_S = 3600;

/** A clock does not go wrong by an hour overnight: what it showed holds for half a day. */
const OFFSET_HOLDS_MS = 12 * 3_600_000;

/** Clock offsets seen lately, by meter: a freeze needs one, and need not ask for it each time. */
export type ClockBook = Map<string, { readonly offsetS: number | null; readonly at: number }>;

interface Seen {
  /** UTC ms, or null when the meter shows no possible date and time, as after its clock battery died. */
  readonly instant: number | null;
  /** Collector's clock at that moment, UTC ms. */
  readonly at: number;
}

/**
 * Meter clock minus collector clock, whole seconds. `null` when the clock shows no possible time, `undefined` when the
 * meter does not let its clock be read. Rejects with the line's ReadErrors.
 */
export async function clockOffsetS(session: Timed, items = ITEMS_2007): Promise<number | null | undefined> {
  const seen = (await dateAndTime(session, items)) ?? (await wholeClock(session, items));
  if (seen === null) return undefined;
  const offsetS = seen.instant === null ? null : Math.round((seen.instant - seen.at) / 1000);
  session.clockBook.set(session.meter, { offsetS, at: session.clock.now() });
  return offsetS;
}

/** The offset seen within the last half day, or another time, else the present one; as `clockOffsetS`. */
export async function recentOffsetS(session: Timed, holdsMs = OFFSET_HOLDS_MS): Promise<number | null | undefined> {
  const known = session.clockBook.get(session.meter);
  const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(session.clock.now() - known.at);
  return known && age < holdsMs ? known.offsetS : clockOffsetS(session);
}

async function dateAndTime(session: Timed, items: ClockItems): Promise<Seen | null> {
  const { clock, zone } = session;
  let date = await knownData(session, items.date);
  const time = date && (await knownData(session, items.time));
  const at = clock.now();
  if (!date || !time) return null;
  const seconds = possible(() => secondsOfDay(time));
  if (seconds !== null && seconds < DATE_DOUBTFUL_BELOW_S) date = (await knownData(session, items.date)) ?? date;
  const certain = date;
  const instant = seconds === null ? null : possible(() => instantOf(zone, dateText(certain), seconds));
  return { instant, at };
}

async function wholeClock(session: Timed, { whole }: ClockItems): Promise<Seen | null> {
  const data = whole === null ? null : await knownData(session, whole);
  const at = session.clock.now();
  return data && { instant: possible(() => clockInstant(data, session.zone)), at };
}

function possible(decode: () => number): number | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ReadError && error.reason === 'malformed') return null;
    throw error;
  }
}
