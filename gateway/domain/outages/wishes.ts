import type { Outage } from '#contract/outage.ts';
import type { Wish } from './engine-types.ts';
import type { OutageSettings } from './settings.ts';
import { NONE, type OutageTopology } from './topology.ts';
import { AREA_KIND, metersBelow, nodeAbove, nodesAbove } from './tree.ts';

/** Remembers which meters were asked for when, so that nothing is asked for twice within a while. */
export class Wishes {
  readonly #settings: OutageSettings;
  /** When it may be asked again, by reason and meter, UTC ms: what was asked for one reason may be asked for another. */
  readonly #asked = new Map<string, number>();
  #minute = 0;
  #inMinute = 0;

  constructor(settings: OutageSettings) {
    this.#settings = settings;
  }

  /** Meters to read now for the incidents that are open: suspicions first, as many as a minute may have. */
  next(open: Iterable<Outage>, topology: OutageTopology, storm: boolean, now: number): Wish[] {
    this.#forget(now);
    let left = this.#left(storm, now);
    const wishes: Wish[] = [];
    const incidents = [...open].filter(({ kind }) => kind !== 'collection');
    for (const outage of incidents.sort((a, b) => rank(a) - rank(b) || a.startedAt - b.startedAt)) {
      if (left <= 0) break;
      const most = Math.min(left, storm ? 1 : this.#settings.probesPerOutage);
      const meters = this.#metersOf(outage, topology, storm, now, most);
      if (meters.length === 0) continue;
      const { probeAgainMs, confirmAgainMs } = this.#settings;
      const again = now + (outage.state === 'unconfirmed' && !storm ? confirmAgainMs : probeAgainMs);
      for (const meter of meters) this.#asked.set(keyOf(outage, meter), again);
      left -= meters.length;
      this.#inMinute += meters.length;
      wishes.push({ outage: outage.id, why: whyOf(outage), meters });
    }
    return wishes;
  }

  #left(storm: boolean, now: number): number {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) [this.#minute, this.#inMinute] = [minute, 0];
    return (storm ? this.#settings.stormProbesPerMin : this.#settings.probesPerMin) - this.#inMinute;
  }

  #forget(now: number): void {
    for (const [key, again] of this.#asked) if (now >= again) this.#asked.delete(key);
  }

  /** In a storm the bell-wether alone; else those that told or are suspect, and a neighbour of one that is alone. */
  #metersOf(outage: Outage, topology: OutageTopology, storm: boolean, now: number, most: number): string[] {
    if (storm) {
      const bell = bellWether(outage, topology);
      return bell !== null && !this.#asked.has(keyOf(outage, bell)) ? [bell] : [];
    }
    const own = outage.members.filter(({ to }) => to === null).map(({ meter }) => meter);
    const turn = Math.floor(now / this.#settings.probeAgainMs);
    const meters = spread(own, Math.max(1, most - (outage.node === 'meter' ? 2 : 0)), turn);
    if (outage.node === 'meter' && outage.state === 'unconfirmed') {
      meters.push(...neighboursOf(outage.nodeId, topology, most - meters.length));
    }
    const supply = bellWether(outage, topology);
    if (supply !== null && meters.length < most && !meters.includes(supply)) meters.push(supply);
    return meters.filter((meter) => !this.#asked.has(keyOf(outage, meter)));
  }
}

/** Suspicions first, then what may be over. */
function rank({ state, parent }: Outage): number {
  if (state !== 'unconfirmed') return 2;
  return parent === null ? 0 : 1;
}

function whyOf({ state, parent }: Outage): Wish['why'] {
  if (state !== 'unconfirmed') return 'restore';
  return parent === null ? 'confirm' : 'nested';
}

function keyOf(outage: Outage, meter: string): string {
  return `${whyOf(outage)} ${meter}`;
}

/** The supply meter of its area where there is one, else a meter that told so, else any of it. */
function bellWether({ node, area, areas, members }: Outage, topology: OutageTopology): string | null {
  const first = members.find(({ told }) => told === 'itself') ?? members[0];
  if (node !== 'area' && node !== 'feeder') return first?.meter ?? null;
  const { meters } = topology;
  const number = first === undefined ? undefined : meters.ids.numberOf(first.meter);
  const at = number === undefined ? areaNamed(topology, area ?? areas[0] ?? '') : areaOfMeter(topology, number);
  if (at === NONE) return first?.meter ?? null;
  let any = number;
  for (const meter of metersBelow(topology, at)) {
    if (meters.supply[meter] === 1) return meters.ids.texts[meter] ?? null;
    any ??= meter;
  }
  return any === undefined ? null : (meters.ids.texts[any] ?? null);
}

function areaOfMeter({ tree, meters }: OutageTopology, meter: number): number {
  return nodeAbove(tree, meters.node[meter] ?? NONE, AREA_KIND);
}

function areaNamed({ tree }: OutageTopology, name: string): number {
  return tree.names.findIndex((each, place) => tree.kind[place] === AREA_KIND && each === name);
}

/** Other meters of the lowest node with some. */
function neighboursOf(id: string, topology: OutageTopology, most: number): string[] {
  const own = topology.meters.ids.numberOf(id);
  if (own === undefined) return [];
  for (const node of nodesAbove(topology, own)) {
    const others = metersBelow(topology, node).filter((meter) => meter !== own);
    const found = [...others.take(Math.max(0, most))].map((meter) => topology.meters.ids.texts[meter] ?? '');
    if (found.length > 0) return found;
  }
  return [];
}

/** A sample that is spread evenly, and another one each turn. */
function spread(meters: readonly string[], most: number, turn: number): string[] {
  if (meters.length <= most) return [...meters];
  const step = meters.length / most;
  const first = turn % Math.ceil(step);
  return Array.from({ length: most }, (_, place) => meters[(Math.floor(place * step) + first) % meters.length] ?? '');
}
