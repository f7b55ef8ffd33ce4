import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { registerDifference } from '../usage/register-difference.ts';
import type { Stay } from '../usage/stay-usage.ts';
import {
  type Course,
  type CourseContext,
  courseOf,
  type EstimationMethod,
  type Gap,
  type NoEstimate,
} from './estimate-course.ts';
import { DAY_MS, type KnownWh } from './estimate-history.ts';
import { divided, shareOf } from './estimate-shares.ts';

export type Registers = Readonly<Partial<Record<QuantityName, number>>>;

/** Registers of a meter that count, at a slot, UTC ms. Neither suspect values nor estimates belong here. */
export interface GoodRegisters {
  readonly slot: number;
  readonly values: Registers;
}

export interface EstimateInput {
  readonly model: MeterModel | undefined;
  readonly zone: string;
  /** The installation in which the slots lie: nothing is carried over from one to the next. */
  readonly stay: Pick<Stay, 'from' | 'to' | 'startWh' | 'endWh'>;
  /** Within the stay, ascending by slot. */
  readonly good: readonly GoodRegisters[];
  /** Slots of the stay that are due and have no register that counts, ascending. */
  readonly missing: readonly number[];
  /** Mean energy of a local day of like customers at the face value of this meter, Wh; null = not known. */
  readonly profileDayWh: (date: string) => number | null;
}

/** Registers that stand in for missing ones, with what they were worked out from; or why there are none. */
export type FreezeEstimate =
  | {
      readonly slot: number;
      readonly values: Registers;
      readonly method: EstimationMethod;
      readonly left: KnownWh;
      readonly right: KnownWh | null;
      /** Days of the meter's own that went into it. */
      readonly days: number;
    }
  | { readonly slot: number; readonly values: null; readonly why: NoEstimate };

interface Group {
  readonly total: QuantityName;
  readonly rates: readonly QuantityName[];
}

const IMPORT: Group = {
  total: 'energy_import_wh',
  rates: ['energy_import_t1_wh', 'energy_import_t2_wh', 'energy_import_t3_wh', 'energy_import_t4_wh'],
};
const EXPORT: Group = {
  total: 'energy_export_wh',
  rates: ['energy_export_t1_wh', 'energy_export_t2_wh', 'energy_export_t3_wh', 'energy_export_t4_wh'],
};
/** The division into rates is taken from this long before the gap where its end does not tell it, ms. */
const RATES_HISTORY_MS = 28 * DAY_MS;

/**
 * Estimates of the missing freezes of a meter during one stay: import total, its rates in proportion, and export where
 * it can be told by the same means. A function of the good registers alone, so it does not matter when they arrived;
 * a good register changes nothing before the gap in which it lies. Registers are face values in whole Wh, never below
 * the left nor above the right one (a register that passes its end starts again at 0), and the days between two known
 * registers sum exactly to their difference.
 */
export function estimateFreezes(input: EstimateInput): FreezeEstimate[] {
  const { model } = input;
  if (!model) return input.missing.map((slot) => ({ slot, values: null, why: 'unknown_model' }));
  const exported = coursesOf(input, model, EXPORT, () => null);
  const estimates: FreezeEstimate[] = [];
  for (const { gap, course } of coursesOf(input, model, IMPORT, input.profileDayWh)) {
    for (const [i, slot] of gap.slots.entries()) {
      const values = course.method === null ? null : valuesAt(input, model, IMPORT, gap, course, i);
      if (course.method === null || values === null || gap.left === null) {
        estimates.push({ slot, values: null, why: course.method === null ? course.why : whyNot(course) });
        continue;
      }
      const { method, days } = course;
      const all = { ...values, ...exportAt(input, model, exported, slot) };
      estimates.push({ slot, values: all, method, left: gap.left, right: gap.right, days });
    }
  }
  return estimates;
}

/** A course that ends before the gap does: its profile has no more days, or the gap is too long. */
function whyNot({ method }: Course): NoEstimate {
  return method === 'profile' ? 'no_history' : 'gap_too_long';
}

interface GapCourse {
  readonly gap: Gap;
  readonly course: ReturnType<typeof courseOf>;
}

function coursesOf(
  input: EstimateInput,
  model: MeterModel,
  group: Group,
  profileDayWh: CourseContext['profileDayWh'],
): GapCourse[] {
  const known = knownOf(input, group.total);
  const context: CourseContext = { model, zone: input.zone, known, profileDayWh };
  return gapsOf(known, input.missing).map((gap) => ({ gap, course: courseOf(gap, context) }));
}

/** Registers of a quantity that count; those written down at installation and removal are of import. */
function knownOf({ good, stay }: EstimateInput, total: QuantityName): KnownWh[] {
  const known = good.flatMap(({ slot, values }) => {
    const wh = values[total];
    return wh === undefined ? [] : [{ at: slot, wh }];
  });
  if (total !== IMPORT.total) return known;
  if (stay.startWh !== null && known[0]?.at !== stay.from) known.unshift({ at: stay.from, wh: stay.startWh });
  if (stay.endWh !== null && Number.isFinite(stay.to)) known.push({ at: stay.to, wh: stay.endWh });
  return known;
}

function gapsOf(known: readonly KnownWh[], missing: readonly number[]): Gap[] {
  const gaps: Gap[] = [];
  let next = 0;
  let slots: number[] = [];
  const end = (): void => {
    if (slots.length > 0) gaps.push({ left: known[next - 1] ?? null, right: known[next] ?? null, slots });
    slots = [];
  };
  for (const slot of missing) {
    while ((known[next]?.at ?? Number.POSITIVE_INFINITY) < slot) {
      end();
      next++;
    }
    slots.push(slot);
  }
  end();
  return gaps;
}

function exportAt(input: EstimateInput, model: MeterModel, courses: readonly GapCourse[], slot: number): Registers {
  const found = courses.find(({ gap }) => gap.slots.includes(slot));
  if (!found || found.course.method === null) return {};
  return valuesAt(input, model, EXPORT, found.gap, found.course, found.gap.slots.indexOf(slot)) ?? {};
}

function valuesAt(
  input: EstimateInput,
  model: MeterModel,
  group: Group,
  gap: Gap,
  course: Course,
  i: number,
): Registers | null {
  const wh = course.whs[i] ?? null;
  if (wh === null || gap.left === null) return null;
  const values: Partial<Record<QuantityName, number>> = {};
  values[group.total] = (gap.left.wh + wh) % model.rolloverWh;
  return Object.assign(values, ratesAt(input, model, group, gap, course, wh));
}

/** How the energy of a stretch divided among the rates. */
interface Division {
  readonly totalWh: number;
  readonly rateWhs: readonly number[];
}

/** Rates at `wh` after the left register, in proportion; none when they are not known or do not tell. */
function ratesAt(
  input: EstimateInput,
  { rolloverWh }: MeterModel,
  group: Group,
  gap: Gap,
  course: Course,
  wh: number,
): Registers {
  const left = input.good.find(({ slot }) => slot === gap.left?.at);
  const rates = group.rates.filter((rate) => left?.values[rate] !== undefined);
  if (!left || rates.length === 0) return {};
  const division = divisionOf(input, rolloverWh, group.total, rates, left, gap, course);
  if (!division) return {};
  const sum = division.rateWhs.reduce((total, each) => total + each, 0);
  const parts = wh === 0 ? rates.map(() => 0) : divided(shareOf(sum, wh, division.totalWh), division.rateWhs);
  if (parts === null) return {};
  return Object.fromEntries(rates.map((rate, i) => [rate, ((left.values[rate] ?? 0) + (parts[i] ?? 0)) % rolloverWh]));
}

/** Between the two ends of the gap where both tell the rates, else over the past 28 days. */
function divisionOf(
  { good }: EstimateInput,
  rolloverWh: number,
  total: QuantityName,
  rates: readonly QuantityName[],
  left: GoodRegisters,
  gap: Gap,
  { totalWh }: Course,
): Division | null {
  const right = good.find(({ slot }) => slot === gap.right?.at);
  if (right && totalWh !== null && rates.every((rate) => right.values[rate] !== undefined)) {
    const rateWhs = differences(left, right, rates, rolloverWh);
    // Rates that went further while the total stood still (they are rounded one by one) wait for the right end.
    return rateWhs && { totalWh: Math.max(totalWh, 1), rateWhs };
  }
  const names = [total, ...rates];
  const first = good.find(
    ({ slot, values }) => slot >= left.slot - RATES_HISTORY_MS && names.every((name) => values[name] !== undefined),
  );
  const [wh = 0, ...rateWhs] = (first && differences(first, left, names, rolloverWh)) ?? [];
  return wh > 0 ? { totalWh: wh, rateWhs } : null;
}

function differences(
  from: GoodRegisters,
  to: GoodRegisters,
  names: readonly QuantityName[],
  rolloverWh: number,
): number[] | null {
  const whs = names.map((name) => {
    return registerDifference(from.values[name] ?? null, to.values[name] ?? null, rolloverWh).wh;
  });
  return whs.every((wh) => wh !== null) ? whs : null;
}
