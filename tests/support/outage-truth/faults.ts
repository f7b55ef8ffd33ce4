import type { Dice } from './dice.ts';
import { ALL_PHASES } from './phases.ts';
import { HOUR, MINUTE, type SiteArea, type TruthSite } from './site.ts';
import { type Place, placeOfArea, placeOfMeter, placesOf } from './truth.ts';
import type { Truths } from './truths.ts';

/** Days from one to the next in an area, or on a feeder. Much is packed into 200 days: few of each say little. */
const EVERY = { area: 25, branch: 20, box: 20, meter: 8, phaseArea: 60, phaseBranch: 60, phaseMeter: 60, feeder: 14 };
const STORM_EVERY = 20;
const TRIES = 8;

/** Faults that nobody announced, and storms. */
export function addFaults(site: TruthSite, truths: Truths, dice: Dice): void {
  addStorms(site, truths, dice);
  for (const { areas } of site.feeders) {
    repeatedly(site, dice, EVERY.feeder, () => {
      const isSection = areas.length > 3 && dice.chance(0.25);
      const [kind, some] = isSection ? (['section', areas.slice(0, 2)] as const) : (['feeder', areas] as const);
      return truths.feeder(kind, some, truths.moment(), dice.skewed(2 * MINUTE, 6 * HOUR));
    });
  }
  for (const area of site.areas) addAreaFaults(site, truths, dice, area);
}

function addAreaFaults(site: TruthSite, truths: Truths, dice: Dice, area: SiteArea): void {
  const whole = placeOfArea(site, area.n);
  const lasts = (least: number, most: number): number => dice.skewed(least * MINUTE, most * HOUR);
  repeatedly(site, dice, EVERY.area, () => truths.place('area', whole, truths.moment(), lasts(1.5, 10)));
  for (const node of ['branch', 'box'] as const) {
    const places = placesOf(site, area.n, node);
    if (places.length < 2) continue;
    repeatedly(site, dice, EVERY[node], () => truths.place(node, dice.pick(places), truths.moment(), lasts(3, 12)));
  }
  const customers = area.meters.filter(({ isSupply, isClosed }) => !isSupply && !isClosed);
  repeatedly(site, dice, EVERY.meter, () =>
    truths.place('meter', placeOfMeter(dice.pick(customers)), truths.moment(), lasts(5, 30)),
  );
  repeatedly(site, dice, EVERY.phaseArea, () => truths.phase('phase area', whole, truths.moment(), lasts(15, 12)));
  const branches = placesOf(site, area.n, 'branch');
  if (branches.length > 1) {
    repeatedly(site, dice, EVERY.phaseBranch, () =>
      truths.phase('phase branch', dice.pick(branches), truths.moment(), lasts(15, 12)),
    );
  }
  const threes = customers.filter(({ phases }) => phases === ALL_PHASES);
  if (threes.length === 0) return;
  const three = (): Place => placeOfMeter(dice.pick(threes));
  repeatedly(site, dice, EVERY.phaseMeter, () => truths.phase('phase meter', three(), truths.moment(), lasts(60, 48)));
}

/** Many feeders within minutes; elsewhere branches and boxes. */
function addStorms(site: TruthSite, truths: Truths, dice: Dice): void {
  repeatedly(site, dice, STORM_EVERY, () => {
    const from = truths.moment();
    let struck = 0;
    for (const { areas } of site.feeders) {
      const at = from + dice.between(0, 8 * MINUTE);
      const lastsMs = dice.skewed(HOUR, 8 * HOUR);
      if (dice.chance(0.6)) struck += Number(truths.feeder('storm', areas, at, lastsMs));
      else for (const { n } of dice.some(areas, 0.4)) struck += Number(inArea(site, truths, dice, n, at));
    }
    return struck > 0;
  });
}

function inArea(site: TruthSite, truths: Truths, dice: Dice, area: number, near: number): boolean {
  const branches = placesOf(site, area, 'branch');
  const place = branches.length > 1 ? dice.pick(branches) : placeOfArea(site, area);
  return truths.place('storm', place, near + dice.between(0, HOUR), dice.skewed(30 * MINUTE, 10 * HOUR));
}

/** Once every so many days of the whole time. */
export function repeatedly(site: TruthSite, dice: Dice, everyDays: number, once: () => boolean): void {
  const times = site.size.days / everyDays;
  for (let left = Math.floor(times) + Number(dice.chance(times % 1)); left > 0; left--) {
    for (let tries = TRIES; tries > 0 && !once(); tries--);
  }
}
