import type { Exclusion, Reason } from '#contract/reasons.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { happens, mix } from './mix.ts';

export const ZONE = 'Asia/Shanghai';
/** Customers behind one concentrator, with one supply meter above them. */
export const CUSTOMERS_AN_AREA = 199;
const AREAS_A_FEEDER = 50;
const FEEDERS_A_DISTRICT = 5;
/** CT of every supply meter. */
export const SUPPLY_RATIO = 60;

export interface Size {
  /** Supply meters included; a multiple of 200. */
  readonly meters: number;
  readonly days: number;
  /** First business date with a freeze. */
  readonly start: string;
  readonly seed: number;
}

/**
 * What is wrong with a meter, from one day on or on one day. Each customer has one at most, so that what a rule finds
 * can be held against what was done.
 */
export const DEFECTS = [
  'none',
  'zero_register',
  'shifted_decimal',
  'rates_apart',
  'rollover',
  'exchange',
  'exchange_without_start',
  'no_use',
  'high_use',
  'use_without_contract',
  'reverse_energy',
  'time_stamp',
  'repeated_freeze',
  'ratio_change',
  'dead',
  'new',
  'removed',
  'collected_late',
  'account_closed',
  'moved',
] as const;
export type Defect = (typeof DEFECTS)[number];

export function isExchange(defect: Defect): boolean {
  return defect === 'exchange' || defect === 'exchange_without_start';
}

/** Of 10,000 customers each. */
const SHARE = 40;

export interface Place {
  readonly area: number;
  /** 0 for the supply meter of the area. */
  readonly nth: number;
}

/** How the read of a freeze ends. `readAt` is minutes after the slot. */
export type Ending =
  | { readonly how: 'first' | 'retry' | 'late'; readonly minutes: number; readonly failedFirst: Reason | null }
  | { readonly how: 'failed'; readonly reason: Reason }
  | { readonly how: 'excluded'; readonly reason: Exclusion }
  | { readonly how: 'not_installed' };

/**
 * The district as it was made, with every fault that was put into it. Everything is a function of the seed, so that the
 * same numbers can be had again without keeping them.
 */
export class GeneratedPlan {
  readonly size: Size;
  readonly areas: number;
  readonly dates: readonly string[];
  /** Slot of each day and one more, UTC ms. */
  readonly slots: readonly number[];

  constructor(size: Size) {
    this.size = size;
    this.areas = size.meters / (CUSTOMERS_AN_AREA + 1);
    if (!Number.isInteger(this.areas)) throw new Error(`${size.meters} meters are not whole areas of 200`);
    this.dates = Array.from({ length: size.days }, (_, d) => addDays(size.start, d));
    this.slots = this.dates.map((date) => instantOf(ZONE, date));
  }

  feederOf(area: number): number {
    return Math.floor(area / AREAS_A_FEEDER);
  }

  districtOf(area: number): number {
    return Math.floor(this.feederOf(area) / FEEDERS_A_DISTRICT);
  }

  /** Of the customer, and the day on which it begins. */
  defectOf(area: number, nth: number): { readonly defect: Defect; readonly day: number } {
    if (nth === 0 || this.isStopped(area)) return { defect: 'none', day: -1 };
    const drawn = mix(this.size.seed, 1, area, nth) % 10_000;
    const defect = DEFECTS[Math.floor(drawn / SHARE) + 1] ?? 'none';
    // Early enough to be seen, late enough for a history of four weeks and more.
    const day = 30 + (mix(this.size.seed, 2, area, nth) % Math.max(1, this.size.days - 34));
    return { defect, day };
  }

  /** Where a customer goes that moves: the next area that is in service. */
  areaAfterMove(area: number): number {
    let next = (area + 1) % this.areas;
    while (this.isStopped(next)) next = (next + 1) % this.areas;
    return next;
  }

  /** Areas that are out of service; nobody reads them. */
  isStopped(area: number): boolean {
    return happens(100, this.size.seed, 3, area);
  }

  /** Areas that an operator has excluded from the 6th to the 9th day. */
  isExcluded(area: number, day: number): boolean {
    return day >= 5 && day <= 8 && !this.isStopped(area) && happens(100, this.size.seed, 4, area);
  }

  /** Areas without power at the midnight of a day. */
  isInOutage(area: number, day: number): boolean {
    return !this.isStopped(area) && !this.isExcluded(area, day) && happens(20, this.size.seed, 5, area, day);
  }

  /** How long the concentrator of an area was away from a midnight on, hours; null = it never brought that freeze. */
  concentratorDownH(area: number, day: number): number | null | 0 {
    if (!happens(80, this.size.seed, 6, area, day)) return 0;
    return [9, 30, null][mix(this.size.seed, 7, area, day) % 3] ?? null;
  }

  endingOf(area: number, nth: number, day: number): Ending {
    const { defect, day: from } = this.defectOf(area, nth);
    const excluded = this.#exclusionOf(area, day, defect, from);
    if (excluded) return excluded;
    const downH = this.concentratorDownH(area, day);
    if (downH === null) return { how: 'failed', reason: 'concentrator_offline' };
    const late = defect === 'collected_late' && day < from ? (from - day) * 24 * 60 + 300 : 0;
    if (downH !== 0) return this.#readAfter(Math.max(late, downH * 60 + 10), 'concentrator_offline', day);
    if (defect === 'dead' && day >= from) return { how: 'failed', reason: 'no_answer' };
    if (late > 0) return this.#readAfter(late, null, day);
    if (happens(30, this.size.seed, 8, area, nth, day)) return { how: 'failed', reason: 'crc_error' };
    if (happens(20, this.size.seed, 9, area, nth, day)) return this.#readAfter(24 * 60 + 250, 'no_answer', day);
    if (happens(100, this.size.seed, 10, area, nth, day)) return this.#readAfter(370, 'no_answer', day);
    return { how: 'first', minutes: 5 + (mix(this.size.seed, 11, area, nth, day) % 110), failedFirst: null };
  }

  /** Of the meter that was put in at noon of the day of an exchange: nothing happens to it alone. */
  replacementEndingOf(area: number, nth: number, day: number): Ending {
    if (day <= this.defectOf(area, nth).day) return { how: 'not_installed' };
    const excluded = this.#exclusionOf(area, day, 'none', -1);
    if (excluded) return excluded;
    const downH = this.concentratorDownH(area, day);
    if (downH === null) return { how: 'failed', reason: 'concentrator_offline' };
    if (downH !== 0) return this.#readAfter(downH * 60 + 10, 'concentrator_offline', day);
    return { how: 'first', minutes: 7, failedFirst: null };
  }

  /** What is read after the last day was never delivered. */
  #readAfter(minutes: number, failedFirst: Reason | null, day: number): Ending {
    if (minutes > (this.size.days - day) * 24 * 60) {
      return { how: 'failed', reason: failedFirst ?? 'no_answer' };
    }
    return { how: minutes < 24 * 60 ? 'retry' : 'late', minutes, failedFirst };
  }

  #exclusionOf(area: number, day: number, defect: Defect, from: number): Ending | null {
    if (defect === 'new' && day <= from) return { how: 'not_installed' };
    if (defect === 'removed' && day > from) return { how: 'not_installed' };
    if (isExchange(defect) && day > from) return { how: 'not_installed' };
    // Freezes from up to three days before the start of collection are fetched from the meter's memory.
    if (defect === 'collected_late' && day < from - 3) return { how: 'excluded', reason: 'excluded_new' };
    if (this.isStopped(area)) return { how: 'excluded', reason: 'excluded_stopped' };
    if (defect === 'account_closed') return { how: 'excluded', reason: 'excluded_closed' };
    if (this.isExcluded(area, day)) return { how: 'excluded', reason: 'excluded_manual' };
    return this.isInOutage(area, day) ? { how: 'excluded', reason: 'excluded_outage' } : null;
  }
}
