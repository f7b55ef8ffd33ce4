import type { OutageHead } from '#contract/outage.ts';
import type { Said, TruthRun } from './run.ts';
import { MINUTE, type SiteMeter } from './site.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/** Share of customers in common from which on an incident is that of a truth. */
const SAME_SHARE = 0.5;
/** Share of the customers of a section that its incidents must name together. */
const COVERED_SHARE = 0.8;
const START_MS = 15 * MINUTE;
const EDGE_MS = 2 * MINUTE;

/** An incident that was open, or restored, at some time, with the customers that it names. */
export interface Incident {
  readonly said: Said;
  readonly from: number;
  readonly to: number;
  readonly meters: ReadonlySet<number>;
}

export interface Matched {
  readonly byTruth: ReadonlyMap<Truth, Incident>;
  /** Of a truth, though not the one that says best what it is. */
  readonly extra: ReadonlyMap<Incident, Truth>;
  /** Nobody, or hardly anybody, was without supply. */
  readonly untrue: readonly Incident[];
  readonly all: readonly Incident[];
}

interface Pair {
  readonly truth: Truth;
  readonly incident: Incident;
  readonly score: number;
}

/** Finds what was meant by which incident: of every truth the one that fits it best, and each but once. */
export function matchedOf(world: World, run: Pick<TruthRun, 'said'>): Matched {
  const customers = new Map(world.truths.all.map((truth) => [truth, customersIn(world, truth)]));
  const incidents = [...run.said.values()].flatMap((said) => incidentOf(world, said));
  const pairs = incidents.flatMap((incident) => pairsOf(world, incident, customers));
  pairs.sort((a, b) => b.score - a.score);
  const byTruth = new Map<Truth, Incident>();
  const taken = new Set<Incident>();
  for (const { truth, incident, score } of pairs) {
    if (score < SAME_SHARE || byTruth.has(truth) || taken.has(incident)) continue;
    byTruth.set(truth, incident);
    taken.add(incident);
  }
  const left = incidents.filter((incident) => !taken.has(incident));
  const extra = new Map<Incident, Truth>();
  for (const { truth, incident } of pairs) {
    if (!taken.has(incident) && !extra.has(incident) && isTrue(world, incident)) extra.set(incident, truth);
  }
  const untrue = left.filter((incident) => !extra.has(incident) && !isTrue(world, incident));
  return { byTruth, extra, untrue, all: incidents };
}

/** Whether incidents of its areas, taken together, are a part of a feeder: the others of it were seen to have supply. */
export function isCovered(world: World, truth: Truth, incidents: readonly Incident[]): boolean {
  const customers = customersIn(world, truth);
  const named = new Set<number>();
  for (const incident of incidents) {
    const { kind, state } = incident.said.outage;
    if (kind !== truth.expected || state === 'dismissed' || !isTimely(world, truth, incident)) continue;
    for (const meter of incident.meters) if (customers.has(meter)) named.add(meter);
  }
  return named.size >= customers.size * COVERED_SHARE;
}

/** Whom a truth takes, without those that have no supply for another reason. */
export function customersIn(world: World, { members, from, to }: Truth): Set<number> {
  const all = members.map(({ meter }) => world.site.at(meter));
  return customersAmong(world, all, from, to);
}

function customersAmong(world: World, meters: readonly SiteMeter[], from: number, to: number): Set<number> {
  const { disconnections } = world.happenings;
  const out = new Set(disconnections.filter((each) => each.from < to && each.to > from).map(({ meter }) => meter));
  return new Set(meters.filter((meter) => counts(meter) && !out.has(meter.n)).map(({ n }) => n));
}

function counts({ isSupply, isClosed }: SiteMeter): boolean {
  return !isSupply && !isClosed;
}

function incidentOf(world: World, said: Said): Incident[] {
  const { outage, openedAt } = said;
  if (openedAt === null || outage.kind === 'collection') return [];
  const known = outage.members.flatMap(({ meter }) => world.site.meter(meter) ?? []);
  const ended = outage.state === 'dismissed' ? outage.startedAt + MINUTE : world.site.end;
  const [from, to] = [outage.startedAt, outage.restoredAt ?? ended];
  return [{ said, from, to, meters: customersAmong(world, known, from, to) }];
}

function pairsOf(world: World, incident: Incident, truths: ReadonlyMap<Truth, ReadonlySet<number>>): Pair[] {
  const pairs: Pair[] = [];
  for (const [truth, customers] of truths) {
    if (truth.from > incident.to + EDGE_MS || truth.to < incident.from - EDGE_MS) continue;
    const shared = incident.meters.intersection(customers).size;
    if (shared === 0) continue;
    const union = incident.meters.size + customers.size - shared;
    const isPlace = truth.nodeId === incident.said.outage.nodeId;
    const score = isTimely(world, truth, incident)
      ? shared / union + (isPlace ? 0.1 : 0) + timeShare(truth, incident) / 100
      : 0;
    pairs.push({ truth, incident, score: shared / union < SAME_SHARE ? Math.min(score, 0.49) : score });
  }
  return pairs;
}

/** What stayed dark inside another outage is told apart from it only from the time at which that was over. */
function isTimely(world: World, truth: Truth, incident: Incident): boolean {
  const parent = truth.parent === null ? undefined : world.truths.all[truth.parent];
  const starts = parent ? [truth.from, parent.to] : [truth.from];
  return starts.some((start) => Math.abs(start - incident.from) <= START_MS) || timeShare(truth, incident) >= 0.5;
}

function timeShare(truth: Truth, incident: Incident): number {
  const shared = Math.min(truth.to, incident.to) - Math.max(truth.from, incident.from);
  return shared / (Math.max(truth.to, incident.to) - Math.min(truth.from, incident.from));
}

/** Whether half of those that it was told by missed supply in its time; of all that it names, where nobody told it. */
function isTrue(world: World, { said, from, to }: Incident): boolean {
  const { members } = said.outage;
  const itself = members.filter(({ told }) => told === 'itself');
  const asked = (itself.length > 0 ? itself : members).flatMap(({ meter }) => world.site.meter(meter)?.n ?? []);
  const dark = asked.filter((n) =>
    world.darkOf(n).some((each) => each.from < to + EDGE_MS && each.to > from - EDGE_MS && !isElse(world, n, each)),
  );
  return asked.length > 0 && dark.length * 2 >= asked.length;
}

function isElse(world: World, n: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return world.happenings.dark.some((other) => other.meter === n && other.from === from && other.to === to);
}

/** Kind as it should be; a fault in the time of announced work may pass for the work. */
export function isRightKind(world: World, truth: Truth, { kind }: OutageHead): boolean {
  if (kind === truth.expected) return true;
  const { from } = truth;
  return (
    kind === 'planned' &&
    truth.kind !== 'unannounced' &&
    world.plans.some(({ plan, cancelledAt }) => cancelledAt === null && plan.from <= from && from <= plan.to)
  );
}
