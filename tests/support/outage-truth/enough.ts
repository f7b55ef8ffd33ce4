import { MINUTE, type SiteMeter, type TruthSite } from './site.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/** By what a meter was heard to be dark. A gasp alone may be nobody's but its maker's. */
export type ToldBy = 'gasp' | 'record' | 'reading';

/** What was delivered of one truth. */
export interface Delivered {
  readonly told: ReadonlyMap<number, ToldBy>;
  /** Areas whose head, or terminal, told so. */
  readonly heads: ReadonlySet<number>;
  /** Somebody of the place was seen to have supply on another phase. */
  readonly hasWitness: boolean;
}

/** A single gasp becomes an outage by a meter that does not answer, for which it must be asked. */
const PROBED_MS = 30 * MINUTE;

/** Three meters or one of ten, yet two where there are two. */
export function meters3or10(customers: number): number {
  return Math.min(3, Math.max(Math.ceil(customers / 10), Math.min(2, customers), 1));
}

/** Whether what was delivered of a truth shows it at its place, by the thresholds that were promised. */
export function isEnough(truth: Truth, delivered: Delivered, world: World): boolean {
  const { site } = world;
  const told = [...delivered.told.keys()].map((n) => site.at(n)).filter((meter) => !meter.isSupply);
  if (truth.node === 'meter') return isOneEnough(truth, delivered, world);
  if (truth.node === 'feeder') return areasEnough(told, delivered, site) >= 2;
  if (truth.phase !== null && !delivered.hasWitness) return false;
  if (truth.node === 'area' && truth.phase === null && delivered.heads.size > 0) return true;
  return areEnough(told, customersAt(truth, site), truth.nodeId, site);
}

function isOneEnough(truth: Truth, { told }: Delivered, world: World): boolean {
  const [first] = told;
  if (!first) return false;
  const [n, by] = first;
  if (by !== 'gasp') return true;
  const meter = world.site.at(n);
  if (truth.to - truth.from < PROBED_MS) return false;
  for (let at = truth.from; at < truth.from + PROBED_MS; at += MINUTE) if (world.wayDownAt(meter, at)) return false;
  return true;
}

function areasEnough(told: readonly SiteMeter[], { heads }: Delivered, site: TruthSite): number {
  const areas = Map.groupBy(told, ({ area }) => area);
  let enough = heads.size;
  for (const [n, those] of areas) {
    const { id } = site.area(n);
    if (!heads.has(n) && areEnough(those, customersOf(site, n).length, id, site)) enough++;
  }
  return enough;
}

/** Enough of them, and so spread that no node further down holds them all. */
function areEnough(told: readonly SiteMeter[], customers: number, nodeId: string, site: TruthSite): boolean {
  return told.length >= meters3or10(customers) && commonNode(told, site) === nodeId;
}

/** Id of the lowest node that holds all of them. */
function commonNode(told: readonly SiteMeter[], site: TruthSite): string | null {
  const [first, ...others] = told;
  if (!first) return null;
  const { id } = site.area(first.area);
  if (first.box !== null && others.every(({ box }) => box === first.box)) return `${id}/${first.box}`;
  if (first.branch !== null && others.every(({ branch }) => branch === first.branch)) return `${id}/${first.branch}`;
  return id;
}

export function customersOf(site: TruthSite, area: number): SiteMeter[] {
  return site.area(area).meters.filter(({ isSupply, isClosed }) => !isSupply && !isClosed);
}

function customersAt({ node, nodeId, members }: Truth, site: TruthSite): number {
  const area = site.at(members[0]?.meter ?? 0).area;
  const all = customersOf(site, area);
  if (node === 'area') return all.length;
  const name = nodeId.slice(nodeId.indexOf('/') + 1);
  return all.filter((meter) => meter[node === 'box' ? 'box' : 'branch'] === name).length;
}
