import type { MeterModel } from '#contract/models.ts';
import type { AccountStatus, MeterRole } from '#contract/registry.ts';
import { registerDifference } from '../usage/register-difference.ts';
import type { Stay } from '../usage/stay-usage.ts';
import { mostWh } from '../validation/register.ts';

export type Ratings = Pick<MeterModel, 'phases' | 'ratedVoltageV' | 'maxCurrentA' | 'rolloverWh'>;

/** What the meter itself gave, of a freeze that counts for nothing or about which a rule spoke when it arrived. */
export interface RawFreeze {
  readonly importWh: number | null;
  /** Sum of the rates, where all of them are there. */
  readonly ratesWh: number | null;
  /** UTC ms. */
  readonly meterTime: number | null;
  readonly rules: readonly string[];
}

/**
 * Day freezes of one meter, one entry for each local day on end, oldest first. Registers in Wh as the meter shows
 * them, and only those that count: NaN where there is none or only a suspect one.
 */
export interface FreezeDays {
  /** Business dates of the freezes. */
  readonly dates: readonly string[];
  /** Slots of the freezes, UTC ms; one more entry, if given, is the slot after the last. */
  readonly slots: readonly number[];
  readonly importWh: ArrayLike<number>;
  readonly exportWh: ArrayLike<number>;
  /** By place. */
  readonly raws?: ReadonlyMap<number, RawFreeze>;
}

/** A stay with what the rules want to know of its account and of what was there before. */
export interface JudgedStay extends Stay {
  /** Null when it serves no account, or one that the registry does not know. */
  readonly status: AccountStatus | null;
  readonly generator: boolean;
  /** True when the account had another meter before: a meter exchange. */
  readonly replaces: boolean;
  /** Ratio before it at this meter, else at this account; null when nothing was before. */
  readonly ratioBefore: number | null;
}

export interface MeterContext {
  readonly model: Ratings;
  readonly role: MeterRole;
  /** Ascending. */
  readonly stays: readonly JudgedStay[];
}

/** 1 for Saturday and Sunday, 0 for the others: days that are alike in use. Public holidays are not known. */
export function restDay(date: string): 0 | 1 {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6 ? 1 : 0;
}

/** Energy from one register to a later one, Wh; NaN when the meter cannot have counted so. */
export function plausibleWh(model: Ratings, startWh: number, endWh: number, ms: number): number {
  const most = mostWh(model, ms);
  if (endWh >= startWh) return endWh - startWh <= most ? endWh - startWh : Number.NaN;
  return registerDifference(startWh, endWh, model.rolloverWh, most).wh ?? Number.NaN;
}

/**
 * The days before a freeze: the last plausible register, and what the day energies among them were. A register that is
 * lower than the one before, or higher than the meter can have counted, never becomes the one that later registers are
 * held against: so one zero makes no giant consumption on the day after. One object is used for many meters.
 */
export class UsageHistory {
  /** Place of the last plausible register; -1 when there is none. */
  base = -1;
  baseWh = Number.NaN;
  /** Place of the first plausible register since which it stands as it is at `base`. */
  since = -1;
  /** Days with energy. */
  days = 0;
  lowestWh = Number.POSITIVE_INFINITY;
  highestWh = 0;
  secondWh = 0;
  thirdWh = 0;
  /** Of the days that are alike. */
  similarDays = 0;
  similarLowestWh = Number.POSITIVE_INFINITY;
  similarHighestWh = 0;

  /** Places [start, end); `alike` is the kind of day (`restDay`) that counts as similar, null = all. */
  walk(freezes: FreezeDays, rest: ArrayLike<number>, model: Ratings, span: Span): void {
    const { end, alike } = span;
    const { importWh, slots } = freezes;
    this.#clear();
    this.base = firstBase(freezes, model, span);
    if (this.base === -1) return;
    this.baseWh = importWh[this.base] ?? Number.NaN;
    this.since = this.base;
    for (let i = this.base + 1; i < end; i++) {
      const wh = importWh[i] ?? Number.NaN;
      if (Number.isNaN(wh)) continue;
      const usedWh = plausibleWh(model, this.baseWh, wh, (slots[i] ?? 0) - (slots[this.base] ?? 0));
      if (Number.isNaN(usedWh)) continue;
      if (i === this.base + 1) this.#take(usedWh, alike === null || rest[this.base] === alike);
      if (wh !== this.baseWh) this.since = i;
      this.base = i;
      this.baseWh = wh;
    }
  }

  #take(wh: number, similar: boolean): void {
    this.days += 1;
    if (wh < this.lowestWh) this.lowestWh = wh;
    if (wh > this.highestWh) {
      this.thirdWh = this.secondWh;
      this.secondWh = this.highestWh;
      this.highestWh = wh;
    } else if (wh > this.secondWh) {
      this.thirdWh = this.secondWh;
      this.secondWh = wh;
    } else if (wh > this.thirdWh) this.thirdWh = wh;
    if (!similar) return;
    this.similarDays += 1;
    if (wh < this.similarLowestWh) this.similarLowestWh = wh;
    if (wh > this.similarHighestWh) this.similarHighestWh = wh;
  }

  #clear(): void {
    this.base = -1;
    this.baseWh = Number.NaN;
    this.since = -1;
    this.days = 0;
    this.lowestWh = Number.POSITIVE_INFINITY;
    this.highestWh = 0;
    this.secondWh = 0;
    this.thirdWh = 0;
    this.similarDays = 0;
    this.similarLowestWh = Number.POSITIVE_INFINITY;
    this.similarHighestWh = 0;
  }
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly alike: 0 | 1 | null;
  /** True when the meter was put in at `start` with a register of zero. */
  readonly isNew: boolean;
}

/**
 * The first register, unless later ones show that it is the odd one: it is far below two that agree with each other,
 * or above all of at least three that count up among themselves. Of a register and a lower one the lower is the odd
 * one as long as nothing more is known. A zero that nothing explains is no first register until the next one fits it:
 * meters that were read too early or lost their memory answer with zero, and the good register after it would be a jump.
 */
function firstBase(freezes: FreezeDays, model: Ratings, { start, end, isNew }: Span): number {
  const first = nextGood(freezes, start, end);
  const isDoubted = first !== -1 && freezes.importWh[first] === 0 && !isNew;
  const second = first === -1 ? -1 : nextGood(freezes, first + 1, end);
  if (second === -1) return isDoubted ? -1 : first;
  if (isPlausible(freezes, model, first, second)) return first;
  if ((freezes.importWh[second] ?? 0) < (freezes.importWh[first] ?? 0)) {
    return countsUpBelow(freezes, model, { first, second, end }) ? second : first;
  }
  const third = nextGood(freezes, second + 1, end);
  if (third === -1) return isDoubted ? second : first;
  return isPlausible(freezes, model, second, third) ? second : first;
}

function countsUpBelow(
  freezes: FreezeDays,
  model: Ratings,
  { first, second, end }: { readonly first: number; readonly second: number; readonly end: number },
): boolean {
  const { importWh } = freezes;
  let last = second;
  let count = 1;
  for (let i = nextGood(freezes, second + 1, end); i !== -1; i = nextGood(freezes, i + 1, end)) {
    if ((importWh[i] ?? 0) >= (importWh[first] ?? 0) || !isPlausible(freezes, model, last, i)) return false;
    last = i;
    count += 1;
  }
  return count >= 3 && (importWh[last] ?? 0) > (importWh[second] ?? 0);
}

function isPlausible({ importWh, slots }: FreezeDays, model: Ratings, a: number, b: number): boolean {
  const ms = (slots[b] ?? 0) - (slots[a] ?? 0);
  return !Number.isNaN(plausibleWh(model, importWh[a] ?? Number.NaN, importWh[b] ?? Number.NaN, ms));
}

function nextGood({ importWh }: FreezeDays, from: number, end: number): number {
  for (let i = from; i < end; i++) if (!Number.isNaN(importWh[i] ?? Number.NaN)) return i;
  return -1;
}
