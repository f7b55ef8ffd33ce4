import type { PlannedOutage } from '#contract/outage.ts';
import type { Calendar } from './calendar.ts';
import type { Dice } from './dice.ts';
import { bitOf, PHASES } from './phases.ts';
import { BEGIN, DAY, HOUR, MINUTE, type SiteArea, type SiteMeter, type TruthSite } from './site.ts';
import { type Dark, type NewTruth, type Place, placeOfArea, placeOfMeter, placesOf, type Truth } from './truth.ts';

const FIRST = BEGIN + DAY;
/** So much later than the others is a nested outage; sooner is a slow restoration. */
const NESTED_MS = 45 * MINUTE;
/** Areas without a meter at their head are restored when nine of ten customers are. */
const LEFT_SHARE = 0.08;

interface Parts {
  readonly site: TruthSite;
  readonly calendar: Calendar;
  readonly dice: Dice;
}

/** What stays dark in a restored place, until when. */
interface Leftover {
  readonly place: Place;
  readonly to: number;
}

/** Draws interruptions at random and keeps them. */
export class Truths {
  readonly all: Truth[] = [];
  /** What is really dark, without repetition: nested truths are views of their parents' meters. */
  readonly dark: Dark[] = [];
  readonly #site: TruthSite;
  readonly #calendar: Calendar;
  readonly #dice: Dice;

  constructor({ site, calendar, dice }: Parts) {
    this.#site = site;
    this.#calendar = calendar;
    this.#dice = dice;
  }

  add(truth: NewTruth): Truth {
    const added = { ...truth, n: this.all.length };
    this.all.push(added);
    if (truth.parent === null) this.dark.push(...truth.members);
    return added;
  }

  moment(): number {
    return this.#dice.between(FIRST, this.#site.end - 3 * DAY);
  }

  /** A whole area, box or branch, or one meter, with something left dark in it now and then. */
  place(kind: NewTruth['kind'], place: Place, from: number, lastsMs: number, own: Partial<NewTruth> = {}): boolean {
    const to = from + lastsMs;
    const left = kind === 'area' && lastsMs > 20 * MINUTE && this.#dice.chance(0.3) ? this.#left(place, to) : null;
    const ends = left ? [to, left.to] : [to];
    if (!this.#calendar.take(place.meters, from, ends)) return false;
    this.#keep({ kind, node: place.node, nodeId: place.nodeId, ...own }, place.meters, from, to, left ? [left] : []);
    return true;
  }

  /** A phase of an area or branch, or of one three-phase meter. */
  phase(kind: NewTruth['kind'], place: Place, from: number, lastsMs: number): boolean {
    const phase = this.#dice.pick(PHASES);
    const lost = bitOf(phase);
    const meters = place.meters.filter((meter) => (meter.phases & lost) !== 0 && isThere(meter, from));
    const to = from + lastsMs;
    if (meters.length === 0 || !this.#calendar.take(meters, from, [to])) return false;
    this.add({
      ...{ kind, expected: 'phase-lost', node: place.node, nodeId: place.nodeId, phase, from, to },
      ...{ planned: null, overrun: false, parent: null },
      members: meters.map(({ n }) => ({ meter: n, from, to, lost })),
    });
    return true;
  }

  /** Areas of one feeder, which come back one after the other. */
  feeder(kind: NewTruth['kind'], areas: readonly SiteArea[], from: number, lastsMs: number): boolean {
    const dice = this.#dice;
    const backs = new Map<number, number>();
    for (const { n } of areas) {
      const isSlow = lastsMs > 30 * MINUTE && dice.chance(0.3);
      backs.set(n, from + lastsMs + (isSlow ? dice.between(5 * MINUTE, lastsMs) : 0));
    }
    const meters = areas.flatMap((area) => area.meters);
    const first = areas[0];
    if (!first) return false;
    const to = timeOfMost(meters, backs);
    const left: Leftover[] = [];
    for (const { n } of areas) {
      const back = backs.get(n) ?? to;
      if (back > to + NESTED_MS) left.push({ place: placeOfArea(this.#site, n), to: back });
      else if (lastsMs > 20 * MINUTE && dice.chance(0.15)) left.push(this.#few(n, Math.max(back, to)));
    }
    if (!this.#calendar.take(meters, from, [...new Set([...backs.values(), ...left.map((each) => each.to)])])) {
      return false;
    }
    this.#keep({ kind, node: 'feeder', nodeId: `f${first.feeder}` }, meters, from, to, left, backs);
    return true;
  }

  #keep(
    own: Pick<NewTruth, 'kind' | 'node' | 'nodeId'> & Partial<NewTruth>,
    all: readonly SiteMeter[],
    from: number,
    to: number,
    left: readonly Leftover[],
    backs?: ReadonlyMap<number, number>,
  ): void {
    const meters = all.filter((meter) => isThere(meter, from));
    const late = new Map(left.flatMap((each) => each.place.meters.map(({ n }) => [n, each.to] as const)));
    const members = meters.map(({ n, area, phases }): Dark => {
      return { meter: n, from, to: late.get(n) ?? backs?.get(area) ?? to, lost: phases };
    });
    const base = { expected: 'outage', phase: null, planned: null, overrun: false, parent: null } as const;
    const truth = this.add({ ...base, from, to, members, ...own });
    for (const { place, to: until } of left) {
      const inside = new Set(place.meters.map(({ n }) => n));
      this.add({
        ...{ ...base, kind: 'nested', node: place.node, nodeId: place.nodeId, from, to: until, parent: truth.n },
        members: members.filter(({ meter }) => inside.has(meter)),
      });
    }
  }

  /** A branch where the meter at the head tells that the area is back, else only a few customers. */
  #left({ meters }: Place, to: number): Leftover | null {
    const area = meters[0]?.area ?? 0;
    const branches = placesOf(this.#site, area, 'branch');
    const hasHead = this.#site.area(area).supply !== null;
    if (!hasHead || branches.length === 0 || this.#dice.chance(0.5)) return this.#few(area, to);
    return { place: this.#dice.pick(branches), to: this.#later(to) };
  }

  #few(area: number, to: number): Leftover {
    const { meters } = this.#site.area(area);
    const customers = meters.filter(({ isSupply, isClosed }) => !isSupply && !isClosed);
    const boxes = placesOf(this.#site, area, 'box').filter((box) => box.meters.length < customers.length * LEFT_SHARE);
    const isBox = boxes.length > 0 && this.#dice.chance(0.7);
    return { place: isBox ? this.#dice.pick(boxes) : placeOfMeter(this.#dice.pick(customers)), to: this.#later(to) };
  }

  #later(to: number): number {
    return to + this.#dice.skewed(NESTED_MS, 8 * HOUR);
  }
}

function isThere({ from, to }: SiteMeter, at: number): boolean {
  return from <= at && at < to;
}

/** When nine of ten customers are back. */
function timeOfMost(meters: readonly SiteMeter[], backs: ReadonlyMap<number, number>): number {
  const times = meters.filter(({ isSupply }) => !isSupply).map(({ area }) => backs.get(area) ?? 0);
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.9) - 1] ?? 0;
}

/** Announced work, what it did, and when it was withdrawn. */
export interface TruthPlan {
  readonly plan: PlannedOutage;
  /** UTC ms, or null. */
  readonly cancelledAt: number | null;
}
