import { Cron } from 'croner';
import { addDays, dateOf, instantOf } from './zone.ts';

/** Days and patterns whose slots are kept: croner needs about 0.1 ms for a slot, and the same day is asked for often. */
const MOST_KEPT = 4000;

const patterns = new Map<string, Cron>();
const days = new Map<string, readonly number[]>();

function cronOf(pattern: string, zone: string): Cron {
  const key = `${zone} ${pattern}`;
  let cron = patterns.get(key);
  if (!cron) {
    cron = new Cron(pattern, { timezone: zone, mode: '5-part', paused: true });
    if (patterns.size >= MOST_KEPT) patterns.clear();
    patterns.set(key, cron);
  }
  return cron;
}

/** What is wrong with a pattern of five fields (minute hour day month weekday), or null when it names moments. */
export function cronFault(pattern: string): string | null {
  try {
    const cron = new Cron(pattern, { timezone: 'UTC', mode: '5-part', paused: true });
    return cron.nextRun(new Date(0)) === null ? 'it never comes' : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Slots of a local day, UTC ms, ascending. A time that the zone leaves out moves to the first there is after it. */
export function cronSlotsOfDay(pattern: string, zone: string, date: string): readonly number[] {
  const key = `${zone} ${date} ${pattern}`;
  const known = days.get(key);
  if (known) return known;
  const end = instantOf(zone, addDays(date, 1));
  const cron = cronOf(pattern, zone);
  const slots: number[] = [];
  let next = cron.nextRun(new Date(instantOf(zone, date) - 1));
  while (next !== null && next.getTime() < end) {
    slots.push(next.getTime());
    next = cron.nextRun(next);
  }
  if (days.size >= MOST_KEPT) days.clear();
  days.set(key, slots);
  return slots;
}

/** The last slot at or before an instant, UTC ms; 0 when there was none. */
export function cronSlotAt(pattern: string, zone: string, at: number): number {
  const today = cronSlotsOfDay(pattern, zone, dateOf(zone, at));
  const slot = today[countUpTo(today, at) - 1];
  return slot ?? stretchAt(pattern, zone, at).slot;
}

/** The first slot after an instant, UTC ms; the end of counting when there is none. */
export function nextCronSlot(pattern: string, zone: string, at: number): number {
  const today = cronSlotsOfDay(pattern, zone, dateOf(zone, at));
  return today[countUpTo(today, at)] ?? stretchAt(pattern, zone, at).following;
}

/** How many of the slots, which ascend, are not after an instant. */
function countUpTo(slots: readonly number[], at: number): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slots[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A slot and the one after it: 0 and the end of counting where there is none. */
interface Stretch {
  readonly slot: number;
  readonly following: number;
}

const stretches = new Map<string, Stretch>();

/** The stretch between two slots in which an instant lies. Every look of every line asks for the one it asked for last. */
function stretchAt(pattern: string, zone: string, at: number): Stretch {
  const key = `${zone} ${pattern}`;
  const known = stretches.get(key);
  if (known && at >= known.slot && at < known.following) return known;
  const cron = cronOf(pattern, zone);
  const slot = cron.previousRuns(1, new Date(at + 1))[0]?.getTime() ?? 0;
  const following = cron.nextRun(new Date(at))?.getTime() ?? Number.MAX_SAFE_INTEGER;
  if (stretches.size >= MOST_KEPT) stretches.clear();
  stretches.set(key, { slot, following });
  return { slot, following };
}
