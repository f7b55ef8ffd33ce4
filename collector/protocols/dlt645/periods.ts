import { dateOf, isoLocal } from '#contract/zone.ts';
import type { FreezeSeries } from '../../profiles/dlt645-profile.ts';

const PERIOD_MS = { day: 86_400_000, hour: 3_600_000 } as const;

/** Name of the local day or hour that an instant lies in; at each change of it the freezes move one number up. */
export function periodOf(zone: string, { every }: FreezeSeries, instant: number): string {
  return every === 'day' ? dateOf(zone, instant) : isoLocal(zone, instant).slice(0, 13);
}

/** Whole local days from the date of one instant to that of another, or hours. */
export function periodsBetween(zone: string, { every }: FreezeSeries, from: number, to: number): number {
  if (every === 'hour') return Math.floor((to - from) / PERIOD_MS.hour);
  return (Date.parse(dateOf(zone, to)) - Date.parse(dateOf(zone, from))) / PERIOD_MS.day;
}
