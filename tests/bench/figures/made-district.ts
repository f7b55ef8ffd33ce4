import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '#platform/files.ts';
import { GeneratedPlan } from '../../support/generated-district/plan.ts';

/** Enough for a dozen measurements on a folder that is kept: each adds a day. */
const DAYS = 46;
/** Faults of the generated district begin on the 30th day and later. */
export const FIRST_DAY = 31;
/** Days with freezes before anything is measured. */
export const MADE_DAYS = 3;
const START = '2026-10-16';
const HOUR_MS = 3_600_000;
/** Local time of the newest day at which everything is looked at: its first pass is over, its retries are on. */
const LOOKED_AT_HOUR = 4;
/** Another layout of what is made here makes an old folder useless. */
const LAYOUT = 1;

export interface District {
  /** Data folder of the programs. */
  readonly folder: string;
  readonly meters: number;
  readonly seed: number;
}

interface Marker {
  readonly layout: number;
  readonly meters: number;
  readonly seed: number;
  readonly nextDay: number;
}

export function planOf({ meters, seed }: Pick<District, 'meters' | 'seed'>): GeneratedPlan {
  return new GeneratedPlan({ meters, days: DAYS, start: START, seed });
}

export function usualFolder({ meters, seed }: Pick<District, 'meters' | 'seed'>): string {
  return join(tmpdir(), `meterway-figures-${meters}-${seed}`);
}

/** The wall clock of whoever looks at a day of the plan as the newest, UTC ms. */
export function lookedAt(plan: GeneratedPlan, day: number): number {
  return (plan.slots[day] ?? 0) + LOOKED_AT_HOUR * HOUR_MS;
}

/** First day that has no freezes yet; null when the folder holds no such district, or days have run out. */
export function nextDayOf({ folder, meters, seed }: District): number | null {
  const path = markerOf(folder);
  if (!existsSync(path)) return null;
  const marker = JSON.parse(readFileSync(path, 'utf8')) as Marker;
  const isSame = marker.layout === LAYOUT && marker.meters === meters && marker.seed === seed;
  return isSame && marker.nextDay < DAYS ? marker.nextDay : null;
}

/** Written last: a folder without it was broken off. */
export function markDays({ folder, meters, seed }: District, nextDay: number): void {
  const marker: Marker = { layout: LAYOUT, meters, seed, nextDay };
  writeFileAtomic(markerOf(folder), JSON.stringify(marker), 0o600);
}

function markerOf(folder: string): string {
  return join(folder, 'made.json');
}
