import type { Book, Entry } from './book.ts';
import type { Cause, Happening } from './happenings.ts';
import { customersIn, type Incident, isCovered, isRightKind, type Matched, matchedOf } from './match.ts';
import type { TruthRun } from './run.ts';
import { HOUR, MINUTE } from './site.ts';
import { TRUTH_KINDS, type Truth, type TruthKind } from './truth.ts';
import type { World } from './world.ts';

/** What the engine made of the truths of one kind. Times in ms. */
export class Row {
  truths = 0;
  /** The delivered evidence shows them by the promised thresholds. */
  detectable = 0;
  /** Of the detectable ones. */
  found = 0;
  wrongKind = 0;
  wrongNode = 0;
  /** Found or not, there was an incident for them. */
  matched = 0;
  /** More incidents about the same. */
  extra = 0;
  untrue = 0;
  overruns = 0;
  overrunsFound = 0;
  events = 0;
  readonly missing: number[] = [];
  readonly tooMany: number[] = [];
  readonly startMs: number[] = [];
  readonly endMs: number[] = [];
  /** From the first word, and from when it could be known. */
  readonly detectMs: number[] = [];
  readonly enoughMs: number[] = [];
}

export interface Missed {
  readonly truth: Truth;
  readonly why: string;
}

export interface Untrue {
  readonly incident: Incident;
  readonly cause: Cause | 'unknown';
  /** Nobody of it said to be dark: it was made of silence, or of a way that was down. */
  readonly isByCommunication: boolean;
}

export interface Score {
  readonly rows: ReadonlyMap<TruthKind, Row>;
  readonly missed: readonly Missed[];
  readonly untrue: readonly Untrue[];
  readonly extra: ReadonlyMap<Incident, Truth>;
  readonly untruePer100k: number;
}

export function scoreOf(world: World, run: Pick<TruthRun, 'said' | 'book'>): Score {
  const matched = matchedOf(world, run);
  const rows = new Map<TruthKind, Row>(TRUTH_KINDS.map((kind) => [kind, new Row()]));
  const row = (kind: TruthKind): Row => rows.get(kind) ?? new Row();
  const missed: Missed[] = [];
  for (const truth of world.truths.all) {
    const why = judge(world, run.book, matched, truth, row(truth.kind));
    if (why !== null) missed.push({ truth, why });
  }
  for (const truth of matched.extra.values()) row(truth.kind).extra++;
  const untrue = matched.untrue.map((incident) => untrueOf(world, run.book, incident));
  for (const { incident } of untrue) row(kindOf(incident)).untrue++;
  const { meters, days } = world.site.size;
  const untruePer100k = (untrue.length / (meters * days)) * 100_000;
  return { rows, missed, untrue, extra: matched.extra, untruePer100k };
}

/** Why a truth that could be known was not found, or null. */
function judge(world: World, book: Book, { byTruth, all }: Matched, truth: Truth, row: Row): string | null {
  const { enoughAt } = book.entry(truth);
  const incident = byTruth.get(truth) ?? null;
  const isDetectable = enoughAt !== null && enoughAt < world.site.end - 3 * HOUR;
  row.truths++;
  row.detectable += Number(isDetectable);
  row.matched += Number(incident !== null);
  if (incident === null) {
    const isInParts = truth.kind === 'section' && isCovered(world, truth, all);
    row.found += Number(isDetectable && isInParts);
    return isDetectable && !isInParts ? 'nothing' : null;
  }
  const { outage, told } = incident.said;
  row.events += told;
  row.wrongNode += Number(outage.nodeId !== truth.nodeId);
  measure(world, truth, incident, row);
  measureDelays(incident, book.entry(truth), row);
  const wrong = wrongIn(world, truth, incident);
  if (wrong?.startsWith('kind')) row.wrongKind++;
  const isInParts = wrong !== null && truth.kind === 'section' && isCovered(world, truth, all);
  if (wrong !== null && !isInParts) return isDetectable ? wrong : null;
  row.found += Number(isDetectable);
  row.overruns += Number(truth.overrun);
  row.overrunsFound += Number(truth.overrun && outage.overrun);
  return null;
}

function wrongIn(world: World, truth: Truth, { said: { outage } }: Incident): string | null {
  if (!isRightKind(world, truth, outage)) return `kind ${outage.kind}`;
  return outage.state === 'dismissed' ? 'dismissed' : null;
}

function measureDelays({ said: { openedAt } }: Incident, { firstAt, enoughAt }: Entry, row: Row): void {
  if (openedAt === null) return;
  if (firstAt !== null) row.detectMs.push(Math.max(0, openedAt - firstAt));
  if (enoughAt !== null) row.enoughMs.push(Math.max(0, openedAt - enoughAt));
}

function measure(world: World, truth: Truth, { meters, from, said }: Incident, row: Row): void {
  const customers = customersIn(world, truth);
  row.missing.push(customers.difference(meters).size / customers.size);
  row.tooMany.push(meters.difference(customers).size / customers.size);
  const parent = truth.parent === null ? null : (world.truths.all[truth.parent] ?? null);
  const starts = parent ? [truth.from, parent.to] : [truth.from];
  row.startMs.push(Math.min(...starts.map((start) => Math.abs(start - from))));
  const { restoredAt } = said.outage;
  if (restoredAt !== null) row.endMs.push(Math.abs(restoredAt - truth.to));
}

function untrueOf(world: World, book: Book, incident: Incident): Untrue {
  const { outage } = incident.said;
  const isByCommunication = !outage.members.some(({ meter, from }) => book.saidSo(meter, from));
  const near = world.happenings.told.filter((each) => touches(world, each, incident));
  const cause = ORDER.find((each) => near.some((happening) => happening.cause === each)) ?? 'unknown';
  return { incident, cause, isByCommunication };
}

/** The likeliest first: communication fails all the time. */
const ORDER: readonly Cause[] = [
  ...['reclosure', 'spurious gasp', 'dip', 'exchange', 'arrears', 'closed', 'communication', 'noise', 'module'],
] as const;

function touches(world: World, { areas, from, to }: Happening, incident: Incident): boolean {
  if (from > incident.to + 10 * MINUTE || to < incident.from - 10 * MINUTE) return false;
  return incident.said.outage.areas.some((id) => areas.some((n) => world.site.area(n).id === id));
}

function kindOf({ said: { outage } }: Incident): TruthKind {
  if (outage.kind === 'planned') return 'planned';
  if (outage.kind !== 'phase-lost') return TRUTH_KINDS.find((kind) => kind === outage.node) ?? 'area';
  return outage.node === 'meter' ? 'phase meter' : outage.node === 'area' ? 'phase area' : 'phase branch';
}
