import type { MeterModel } from '#contract/models.ts';
import { registerDifference } from '../usage/register-difference.ts';
import { mostWh } from '../validation/register.ts';
import { DAY_MS, DAY_SLACK_MS, dayEnergies, type KnownWh, likeDayWh, stretchWh } from './estimate-history.ts';
import { spread } from './estimate-shares.ts';

/** In the order in which they are tried. */
export const ESTIMATION_METHODS = ['interpolation', 'scaling', 'like_days', 'profile'] as const;
export type EstimationMethod = (typeof ESTIMATION_METHODS)[number];

/** Why a register is not estimated. */
export const NO_ESTIMATE = {
  unknown_model: { zh: '表计型号未知', en: 'the model of the meter is not known' },
  no_left_register: { zh: '此前无有效示值', en: 'no good register before it' },
  registers_reversed: { zh: '前后示值倒走', en: 'the good registers around it run backwards' },
  beyond_capacity: { zh: '前后示值之差超过表计容量', en: 'more energy between the registers than the meter can carry' },
  gap_too_long: { zh: '距有效示值过久', en: 'the good registers around it are too far away' },
  no_history: { zh: '历史及同类用户数据不足', en: 'too few days of its own and of like customers are known' },
} as const;
export type NoEstimate = keyof typeof NO_ESTIMATE;

export const ESTIMATION = {
  /** Most missing freezes in a row that are taken to lie on a line. Ours: load of single days is not worth a shape. */
  interpolateDays: 3,
  /** Fewest days that make a mean: California VEE takes 3 like days. */
  likeDays: 3,
  /** Longest stretch without a register at its end that is estimated, days. Ours: a billing month. */
  openDays: 31,
  /** Longest gap between two registers that is estimated, days. Ours: as long as meters keep their own freezes. */
  closedDays: 62,
} as const;

/** A row of missing registers between two that count, or after the last one. Instants in UTC ms. */
export interface Gap {
  readonly left: KnownWh | null;
  readonly right: KnownWh | null;
  /** Ascending. */
  readonly slots: readonly number[];
}

/** What is known of the meter beside the gap. */
export interface CourseContext {
  readonly model: MeterModel;
  readonly zone: string;
  /** All registers that count, ascending. */
  readonly known: readonly KnownWh[];
  /** Mean energy of a local day of like customers at the face value of this meter, Wh; null = not known. */
  readonly profileDayWh: (date: string) => number | null;
}

/** How the energy of a gap runs: Wh since the left register at each slot, null where it cannot be told. */
export interface Course {
  readonly method: EstimationMethod;
  readonly whs: readonly (number | null)[];
  /** Energy between the two registers; null without the right one. */
  readonly totalWh: number | null;
  /** Days of the meter's own that went into it. */
  readonly days: number;
}

export type CourseAnswer = Course | { readonly method: null; readonly why: NoEstimate };

/**
 * The course of the register over a gap, in whole Wh. Methods in order, the first that can:
 * - `interpolation`: both ends known and at most `interpolateDays` freezes missing: even in time.
 * - `scaling`: both ends known, any longer gap: the shape of like days of the past 28, so that the parts sum to the
 *   difference of the registers; even in time where no such day is known or the shape asks more of a day than the
 *   meter can carry.
 * - `like_days`: only the left end known: the mean of like days of the past 28, at least `likeDays` of them.
 * - `profile`: likewise, with too few days of its own: the mean day of like customers of its area.
 * Order as in Oracle and Itron practice for validation, estimation and editing: short gaps by line, known totals by
 * scaling, then like days, then profiles.
 */
export function courseOf(gap: Gap, context: CourseContext): CourseAnswer {
  const { left, right } = gap;
  if (left === null) return { method: null, why: 'no_left_register' };
  return right === null ? openCourse(gap, left, context) : closedCourse(gap, left, right, context);
}

function closedCourse({ slots }: Gap, left: KnownWh, right: KnownWh, context: CourseContext): CourseAnswer {
  const { model, zone } = context;
  const apart = right.at - left.at;
  if (apart > ESTIMATION.closedDays * DAY_MS + DAY_SLACK_MS) return { method: null, why: 'gap_too_long' };
  const most = mostWh(model, apart);
  const { wh: totalWh } = registerDifference(left.wh, right.wh, model.rolloverWh, most);
  if (totalWh === null) return { method: null, why: 'registers_reversed' };
  if (totalWh > most) return { method: null, why: 'beyond_capacity' };
  const bounds = [left.at, ...slots, right.at];
  const even = spread(totalWh, lengths(bounds)).slice(0, -1);
  const short = apart <= (ESTIMATION.interpolateDays + 1) * DAY_MS + DAY_SLACK_MS;
  if (short) return { method: 'interpolation', whs: even, totalWh, days: 0 };
  const days = ownDays(context, left.at);
  const weights = energies(bounds, zone, (date) => likeDayWh(days, date, 1));
  const shaped = weights?.some((weight) => weight > 0) ? spread(totalWh, weights) : null;
  if (!shaped || !carried(model, bounds, shaped)) return { method: 'scaling', whs: even, totalWh, days: 0 };
  return { method: 'scaling', whs: shaped.slice(0, -1), totalWh, days: days.length };
}

function openCourse({ slots }: Gap, left: KnownWh, context: CourseContext): CourseAnswer {
  const { model, zone, profileDayWh } = context;
  const end = left.at + ESTIMATION.openDays * DAY_MS + DAY_SLACK_MS;
  const reached = slots.filter((slot) => slot <= end);
  if (reached.length === 0) return { method: null, why: 'gap_too_long' };
  const days = ownDays(context, left.at);
  const own = days.length >= ESTIMATION.likeDays;
  const dayWh = own ? (date: string) => likeDayWh(days, date, ESTIMATION.likeDays) : profileDayWh;
  let from = left.at;
  let upTo: number | null = 0;
  const whs = slots.map((slot) => {
    const wh = slot <= end ? stretchWh(from, slot, zone, dayWh) : null;
    upTo = wh === null || upTo === null ? null : upTo + Math.min(wh, Math.floor(mostWh(model, slot - from)));
    from = slot;
    return upTo;
  });
  if (whs[0] === null) return { method: null, why: 'no_history' };
  return { method: own ? 'like_days' : 'profile', whs, totalWh: null, days: own ? days.length : 0 };
}

function ownDays({ model, zone, known }: CourseContext, until: number) {
  return dayEnergies(known, until, zone, (earlier, later) => {
    const most = mostWh(model, later.at - earlier.at);
    const { wh } = registerDifference(earlier.wh, later.wh, model.rolloverWh, most);
    return wh === null || wh > most ? null : wh;
  });
}

function lengths(bounds: readonly number[]): number[] {
  return bounds.slice(1).map((bound, i) => bound - (bounds[i] ?? bound));
}

function energies(bounds: readonly number[], zone: string, dayWh: (date: string) => number | null): number[] | null {
  const whs = bounds.slice(1).map((bound, i) => stretchWh(bounds[i] ?? bound, bound, zone, dayWh));
  return whs.every((wh) => wh !== null) ? whs : null;
}

/** True when no part is more than the meter can carry in its time. */
function carried(model: MeterModel, bounds: readonly number[], whs: readonly number[]): boolean {
  return whs.every((wh, i) => wh - (whs[i - 1] ?? 0) <= mostWh(model, (bounds[i + 1] ?? 0) - (bounds[i] ?? 0)));
}
