import type { PlannedOutage } from '#contract/outage.ts';
import type { Dice } from './dice.ts';
import { repeatedly } from './faults.ts';
import { HOUR, MINUTE, type SiteArea, type TruthSite } from './site.ts';
import { type Place, placeOfArea, placesOf } from './truth.ts';
import type { TruthPlan, Truths } from './truths.ts';

const EVERY_DAYS = 30;
/** A window holds from so long before its beginning, and is overrun so long after its end. */
const OVERRUN_MS = 15 * MINUTE;

/** Announced work: early, late, overrun, cancelled, with parts that nobody announced. */
export function addPlanned(site: TruthSite, truths: Truths, dice: Dice): TruthPlan[] {
  const plans: TruthPlan[] = [];
  for (const area of site.areas) {
    repeatedly(site, dice, EVERY_DAYS, () => {
      const made = planOf(site, truths, dice, area, `p${plans.length}`);
      if (made) plans.push(made);
      return made !== null;
    });
  }
  return plans;
}

function planOf(site: TruthSite, truths: Truths, dice: Dice, area: SiteArea, id: string): TruthPlan | null {
  const from = Math.round(truths.moment() / (5 * MINUTE)) * 5 * MINUTE;
  const to = from + dice.whole(2, 8) * HOUR;
  const branches = placesOf(site, area.n, 'branch');
  const isPart = branches.length > 1 && dice.chance(0.25);
  const place: Place = isPart ? dice.pick(branches) : placeOfArea(site, area.n);
  const base: PlannedOutage = {
    ...{ externalId: id, seq: 1, state: 'announced', from, to, feeders: [], text: 'work', updatedAt: from },
    areas: isPart ? [] : [area.id],
    meters: isPart ? place.meters.map((meter) => meter.id) : [],
  };
  const begins = from + dice.between(-10, 30) * MINUTE;
  if (dice.chance(0.15)) return cancelled(truths, dice, base, place, begins);
  const isOverrun = dice.chance(0.25);
  const ends = isOverrun ? to + OVERRUN_MS + dice.skewed(5 * MINUTE, 4 * HOUR) : to - dice.between(0, HOUR);
  const own = { expected: 'planned', planned: id, overrun: isOverrun } as const;
  if (!truths.place('planned', place, begins, ends - begins, own)) return null;
  if (dice.chance(0.2)) unannounced(site, truths, dice, area, begins, ends);
  return { plan: base, cancelledAt: null };
}

/** Work that does not take place; now and then something else happens in its time. */
function cancelled(truths: Truths, dice: Dice, plan: PlannedOutage, place: Place, begins: number): TruthPlan {
  if (dice.chance(0.4)) truths.place('unannounced', place, begins, dice.skewed(10 * MINUTE, 3 * HOUR));
  return { plan, cancelledAt: plan.from - dice.between(20 * MINUTE, 5 * HOUR) };
}

/** Somebody else on the feeder goes dark as well, and was never told. */
function unannounced(site: TruthSite, truths: Truths, dice: Dice, area: SiteArea, begins: number, ends: number): void {
  const others = site.feeders[area.feeder]?.areas.filter(({ n }) => n !== area.n) ?? [];
  if (others.length === 0) return;
  const from = begins + dice.between(25 * MINUTE, 40 * MINUTE);
  const lastsMs = Math.max(10 * MINUTE, ends - from - 25 * MINUTE);
  truths.place('unannounced', placeOfArea(site, dice.pick(others).n), from, lastsMs);
}
