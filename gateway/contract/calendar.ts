import { cronSlotAt, cronSlotsOfDay, nextCronSlot } from './cron-slots.ts';
import type { Calendar } from './tasks.ts';
import { addDays, dateOf, instantOf, monthStart, nextMonth } from './zone.ts';

/**
 * Slots of a calendar: the named moments at which a value is wanted. A slot is the instant (UTC ms) it names: the day
 * freeze of 2026-11-20 is 2026-11-20 00:00 local, the 10:15 profile is 10:15 local. Collector and centre both count
 * with this one function, so what is due is the same on both sides.
 */
export function slotsOfDay(calendar: Calendar, zone: string, date: string): number[] {
  const start = instantOf(zone, date);
  if ('everyS' in calendar) {
    const end = instantOf(zone, addDays(date, 1));
    const step = calendar.everyS * 1000;
    const slots: number[] = [];
    for (let slot = start; slot < end; slot += step) slots.push(slot);
    return slots;
  }
  if ('cron' in calendar) return [...cronSlotsOfDay(calendar.cron, zone, date)];
  // A date that the zone left out (Pacific/Apia, 2011-12-30) begins when the next one does: its slot belongs to that.
  if (calendar.every === 'day') return dateOf(zone, start) === date ? [start] : [];
  return date === monthStart(date) ? [start] : [];
}

/** Slots in [from, to), ascending. */
export function slotsBetween(calendar: Calendar, zone: string, from: number, to: number): number[] {
  const slots: number[] = [];
  if (to <= from) return slots;
  for (let date = dateOf(zone, from); instantOf(zone, date) < to; ) {
    for (const slot of slotsOfDay(calendar, zone, date)) if (slot >= from && slot < to) slots.push(slot);
    date = 'every' in calendar && calendar.every === 'month' ? nextMonth(date) : addDays(date, 1);
  }
  return slots;
}

/** The last slot at or before an instant. */
export function slotAt(calendar: Calendar, zone: string, at: number): number {
  if ('cron' in calendar) return cronSlotAt(calendar.cron, zone, at);
  const date = dateOf(zone, at);
  if (!('everyS' in calendar)) {
    return instantOf(zone, calendar.every === 'month' ? monthStart(date) : date);
  }
  const start = instantOf(zone, date);
  const step = calendar.everyS * 1000;
  return start + Math.floor((at - start) / step) * step;
}

/** The first slot after an instant. */
export function nextSlot(calendar: Calendar, zone: string, at: number): number {
  if ('cron' in calendar) return nextCronSlot(calendar.cron, zone, at);
  const date = dateOf(zone, at);
  if (!('everyS' in calendar)) {
    return instantOf(zone, calendar.every === 'month' ? nextMonth(date) : addDays(date, 1));
  }
  const following = slotAt(calendar, zone, at) + calendar.everyS * 1000;
  return Math.min(following, instantOf(zone, addDays(date, 1)));
}

const DAY_S = 86_400;

/** Average seconds between two slots; for a cron pattern on a day without change of the clock, a month is 30 days. */
export function meanEveryS(calendar: Calendar): number {
  if ('everyS' in calendar) return calendar.everyS;
  if ('cron' in calendar) {
    const week = ['05', '06', '07', '08', '09', '10', '11'].flatMap((day) =>
      cronSlotsOfDay(calendar.cron, 'UTC', `2026-01-${day}`),
    );
    return (7 * DAY_S) / Math.max(1, week.length);
  }
  return calendar.every === 'day' ? DAY_S : 30 * DAY_S;
}
