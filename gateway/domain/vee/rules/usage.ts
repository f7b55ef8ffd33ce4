import type { UsageHistory } from '../history.ts';
import type { DayParameters } from '../parameters.ts';

/** Energy between the last plausible register and this one. */
export interface Use {
  /** Wh as the meter shows it. */
  readonly usedWh: number;
  /** Local days between the two registers. */
  readonly days: number;
  readonly ratio: number;
}

type Similar = Pick<UsageHistory, 'similarDays' | 'similarLowestWh' | 'similarHighestWh'>;
type Days = Pick<UsageHistory, 'days' | 'lowestWh'>;
type Top = Pick<UsageHistory, 'days' | 'highestWh' | 'secondWh'>;

/** 电量突增: more a day than `highFactor` times the highest similar day, and more than the floor. */
export function isHigh({ usedWh, days, ratio }: Use, history: Similar, p: DayParameters): boolean {
  if (history.similarDays < p.minSimilarDays) return false;
  const dayWh = usedWh / days;
  return dayWh > history.similarHighestWh * p.highFactor && dayWh * ratio > p.highFloorWh;
}

/** 电量突减: less a day than `lowShare` of the lowest similar day, of a meter that never counts little. */
export function isLow({ usedWh, days, ratio }: Use, history: Similar, p: DayParameters): boolean {
  if (history.similarDays < p.minSimilarDays || history.similarLowestWh * ratio < p.lowFloorWh) return false;
  return usedWh / days < history.similarLowestWh * p.lowShare;
}

/**
 * (highest − third highest) ÷ third highest of the days up to this one, which is the highest of them. The third
 * highest is the second highest of the days before it. Single days only: the energy of several cannot stand out.
 */
export function isSpike({ usedWh, days, ratio }: Use, history: Top, p: DayParameters): boolean {
  const third = history.secondWh;
  if (days !== 1 || history.days < p.minDays || usedWh <= history.highestWh) return false;
  return third * ratio >= p.spikeFloorWh && (usedWh - third) / third > p.spikeFactor;
}

/** The register of the day before again, at a meter that counted on every day of its history. */
export function isRepeated({ usedWh, days, ratio }: Use, history: Days, p: DayParameters): boolean {
  return usedWh === 0 && days === 1 && history.days >= p.minDays && history.lowestWh * ratio >= p.lowFloorWh;
}

/**
 * 零电量: the register has stood still for `zeroDays` days, and on the last day on which it was known it had not yet:
 * each run is told once. `stoodDays` counts from its first freeze to this one, `stoodBefore` to the one before.
 */
export function isZeroRun(stoodDays: number, stoodBefore: number, p: DayParameters): boolean {
  return stoodDays >= p.zeroDays && stoodBefore < p.zeroDays;
}

/** Energy where there is no account that may use any. */
export function isInactiveUse({ usedWh, days, ratio }: Use, p: DayParameters): boolean {
  return usedWh * ratio > p.inactiveWh * days;
}

/** Reverse energy of one day above what a customer without generation shows; `wh` as the meter shows it. */
export function isReverse(wh: number, ratio: number, p: DayParameters): boolean {
  return wh * ratio > p.reverseWh;
}
