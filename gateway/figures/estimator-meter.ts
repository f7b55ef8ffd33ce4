import { slotsOfDay } from '#contract/calendar.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, isoLocal } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { type Stay, stayOf } from '#domain/usage/stay-usage.ts';
import { type EstimateInput, estimateFreezes, type FreezeEstimate, type GoodRegisters } from '#domain/vee/estimate.ts';
import { ESTIMATION, NO_ESTIMATE } from '#domain/vee/estimate-course.ts';
import type { NewRevision } from '#stores/revision-store.ts';
import type { ValidatedReading } from '#stores/validated-readings.ts';
import type { GapKind } from './estimator-gaps.ts';
import type { AreaProfiles } from './estimator-profiles.ts';

/** Closed days back that are estimated. */
export const WINDOW_DAYS = 31;
/** Freezes that an estimate may look back to: the window, the longest gap, and the like days before it. */
export const LOOK_BACK_DAYS = WINDOW_DAYS + ESTIMATION.closedDays + 29;

export interface MeterEstimates {
  readonly revisions: readonly NewRevision[];
  /** True when they follow what other customers of the area use, or would if those were known. */
  readonly followsArea: boolean;
}

interface Round {
  readonly registry: RegistryIndex;
  readonly task: Task;
  readonly profiles: AreaProfiles;
  /** UTC ms. */
  readonly now: number;
}

/**
 * What is to be written for the gaps of a meter: an estimate for each that can be estimated, and for every estimate
 * that cannot be made any more its withdrawal. Works from the registers that count, so it says the same whatever
 * estimates stand there already. `known`: what the meter's window holds, ascending.
 */
export async function meterEstimates(
  round: Round,
  meter: Meter,
  gaps: ReadonlyMap<string, GapKind>,
  known: readonly ValidatedReading[],
): Promise<MeterEstimates> {
  const { registry, task, now } = round;
  const zone = registry.registry.timeZone;
  const bySlot = new Map(known.map((reading) => [reading.slot, reading]));
  const good = goodOf(known);
  const counted = new Set(good.map(({ slot }) => slot));
  const missing = slotsOf(gaps, task, zone, 'missing').filter((slot) => !counted.has(slot));

  const found: FreezeEstimate[] = [];
  let followsArea = false;
  for (const installation of registry.installationsOf(meter.id)) {
    const stay = stayOf(meter, installation);
    const within = (slot: number): boolean => stay.from <= slot && slot < stay.to;
    const input: EstimateInput = {
      model: registry.modelOf(meter),
      zone,
      stay,
      good: good.filter(({ slot }) => within(slot)),
      missing: missing.filter(within),
      profileDayWh: () => null,
    };
    const own = estimateFreezes(input);
    const needsProfile = own.some((each) => each.values === null && each.why === 'no_history');
    followsArea ||= needsProfile;
    found.push(...(needsProfile ? estimateFreezes(await withProfile(round, input, stay, meter)) : own));
  }
  const name = (slot: number) => ({ task: task.id, meter: meter.id, slot, by: 'estimation', at: now });
  const withdrawn = (slot: number, why: string): NewRevision[] =>
    bySlot.get(slot)?.quality === 'estimated'
      ? [{ ...name(slot), kind: 'undone', method: null, values: null, reason: `cannot be estimated: ${why}` }]
      : [];
  return {
    followsArea,
    revisions: [
      ...found.flatMap((each): NewRevision[] => {
        if (each.values === null) return withdrawn(each.slot, NO_ESTIMATE[each.why].en);
        const { slot, method, values } = each;
        return [{ ...name(slot), kind: 'estimated', method, values, reason: reasonOf(each, zone, meter.area) }];
      }),
      ...slotsOf(gaps, task, zone, 'left_over').flatMap((slot) => withdrawn(slot, 'no reading is due')),
    ],
  };
}

/** What counts and is no estimate: an estimate must never be the neighbour of another. */
function goodOf(known: readonly ValidatedReading[]): GoodRegisters[] {
  return known.flatMap(({ slot, values, quality }) =>
    values === null || quality === 'estimated' ? [] : [{ slot, values }],
  );
}

function slotsOf(gaps: ReadonlyMap<string, GapKind>, task: Task, zone: string, kind: GapKind): number[] {
  const dates = [...gaps.keys()].filter((date) => gaps.get(date) === kind).sort();
  return dates.flatMap((date) => slotsOfDay(task.calendar, zone, date).slice(0, 1));
}

/** The same input with the days of like customers, as this meter would show them. */
async function withProfile(
  { registry, profiles }: Round,
  input: EstimateInput,
  stay: Stay,
  meter: Meter,
): Promise<EstimateInput> {
  const { zone, missing } = input;
  const category = meter.role === 'customer' && stay.account !== null ? registry.account(stay.account)?.category : null;
  const last = missing.at(-1);
  const left = input.good.at(-1)?.slot ?? stay.from;
  if (!category || last === undefined) return input;
  const days = new Map<string, number | null>();
  const end = addDays(dateOf(zone, left), ESTIMATION.openDays);
  for (let date = dateOf(zone, left); date <= end && date <= dateOf(zone, last); date = addDays(date, 1)) {
    days.set(date, await profiles.dayWh(stay.area, category, date));
  }
  return {
    ...input,
    profileDayWh: (date) => {
      const wh = days.get(date) ?? null;
      return wh === null ? null : wh / stay.ratio;
    },
  };
}

/** What a reading was worked out from, for whoever checks it. */
function reasonOf(estimate: FreezeEstimate & { readonly values: object }, zone: string, area: string): string {
  const { method, left, right, days } = estimate;
  const shown = ({ at, wh }: { at: number; wh: number }): string => `${wh} Wh at ${isoLocal(zone, at)}`;
  const between = right ? `between ${shown(left)} and ${shown(right)}` : `from ${shown(left)}`;
  switch (method) {
    case 'interpolation':
      return `even ${between}`;
    case 'scaling':
      return days > 0 ? `shape of ${days} past days, scaled ${between}` : `even ${between}, no like day known`;
    case 'like_days':
      return `mean of like days among ${days} past days, ${between}`;
    case 'profile':
      return `mean day of like customers of area ${area}, ${between}`;
  }
}
