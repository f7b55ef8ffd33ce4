import type { OutageConfidence } from '#contract/outage.ts';
import { quantileOf } from './cluster.ts';
import { firstBack } from './contradiction.ts';
import { type DarkRun, isTerminal } from './dark-run.ts';
import type { Derived, Told, View } from './derive-types.ts';
import type { Placed } from './place-incident.ts';
import { restorationOf, wasLit } from './restoration.ts';
import { NONE } from './topology.ts';
import { isBelow } from './tree.ts';

/** Share of an incident's meters that may have begun earlier than it did: a wrong clock must not widen it. */
const EARLY_SHARE = 0.1;
/** Records of one outage are as long as each other to within this, or this share of it. */
const SAME_LENGTH_MS = 10_000;
const SAME_LENGTH_SHARE = 0.02;

/** When runs began together, UTC ms: the earliest of a few; of many the first that is not alone. */
export function startOf(runs: readonly DarkRun[]): number {
  const exact = runs.filter(({ exactStart }) => exactStart);
  return quantileOf(
    (exact.length > 0 ? exact : runs).map(({ start }) => start),
    EARLY_SHARE,
  );
}

/**
 * The outage of a node from the runs that are placed there, with those of `rest` that it explains: what went dark below
 * the node while it lasted, and recorded interruptions that end with it though their clock has them begin long before.
 * `taken` is told of every run that belongs to it.
 */
export function deriveIncident(
  view: View,
  { node, runs, witnesses, partly }: Placed,
  rest: readonly DarkRun[],
  known: { readonly start?: number; readonly parent?: Derived } = {},
): { incident: Derived; runs: ReadonlySet<DarkRun> } {
  const start = known.start ?? startOf(runs);
  const first = restorationOf(view, node, runs, start, partly);
  const shifted = partly ? [] : [...runs, ...rest].filter((run) => isShifted(view, node, run, start, first, runs));
  const joined = rest.filter(
    (run) => !shifted.includes(run) && isExplained(view, node, partly, run, rest, start, first),
  );
  const own = shifted.length === 0 ? runs : runs.filter((run) => !shifted.includes(run));
  const all = [...own, ...joined];
  const end = joined.length > 0 ? restorationOf(view, node, all, start, partly) : first;
  const told = toldBy(all, shifted, start, end);
  const presumed = partly ? [] : presumedOf(view, node, start, end, firstBack(all));
  const incident: Derived = {
    kind: 'outage',
    state: end === null ? 'open' : 'restored',
    node,
    meter: NONE,
    phase: null,
    start,
    end,
    firstSeen: firstSeen([...all, ...shifted]),
    confidence: confidenceOf(view, node, told),
    told,
    presumed,
    witnesses,
    silent: [],
    parent: known.parent ?? null,
  };
  return { incident, runs: new Set([...all, ...shifted]) };
}

export function firstSeen(runs: readonly DarkRun[]): number {
  return runs.reduce((least, { seenAt }) => Math.min(least, seenAt), Number.POSITIVE_INFINITY);
}

/**
 * Whether a run is a record of this very outage by a clock that is wrong: as long as it, and not far from it, of a meter
 * that told nothing else of it.
 */
function isShifted(
  view: View,
  node: number,
  run: DarkRun,
  start: number,
  end: number | null,
  runs: readonly DarkRun[],
): boolean {
  const { clockMs, shiftMs } = view.settings;
  if (end === null || run.end === null || !run.exactStart || !run.exactEnd) return false;
  const apart = Math.abs(run.start - start);
  if (apart <= clockMs || apart > shiftMs || !isBelow(view.topology.tree, run.node, node)) return false;
  if (runs.some((each) => each !== run && each.meter === run.meter)) return false;
  const length = run.end - run.start;
  const isAsLong = (from: number, to: number | null): boolean => {
    return to !== null && Math.abs(to - from - length) <= Math.max(SAME_LENGTH_MS, SAME_LENGTH_SHARE * length);
  };
  return (
    isAsLong(start, end) ||
    runs.some((each) => each !== run && each.exactStart && each.exactEnd && isAsLong(each.start, each.end))
  );
}

function isExplained(
  view: View,
  node: number,
  partly: boolean,
  run: DarkRun,
  rest: readonly DarkRun[],
  start: number,
  end: number | null,
): boolean {
  const { tree } = view.topology;
  const { windowMs, clockMs } = view.settings;
  if (!isBelow(tree, run.node, node) || partly) return false;
  if (run.start >= start - windowMs) {
    const litMeanwhile = run.onBefore > start + clockMs;
    return run.start < (end ?? Number.POSITIVE_INFINITY) - clockMs && !litMeanwhile;
  }
  if (!run.exactEnd || end === null || Math.abs((run.end ?? 0) - end) > windowMs) return false;
  // Two that begin together are something of their own.
  return !rest.some(
    (other) => other !== run && isBelow(tree, other.node, node) && Math.abs(other.start - run.start) <= windowMs,
  );
}

/** Each meter once, with the whole time from its first to its last interruption in the incident. */
function toldBy(runs: readonly DarkRun[], shifted: readonly DarkRun[], start: number, end: number | null): Told[] {
  const byMeter = new Map<number, Told>();
  for (const run of runs) {
    const one: Told = { run, from: fromOf(run, start), to: toOf(run, end) };
    const known = byMeter.get(run.meter);
    byMeter.set(run.meter, known ? merged(known, one) : one);
  }
  for (const run of shifted)
    byMeter.set(run.meter, { run: { ...run, start, end, until: start }, from: start, to: end });
  return [...byMeter.values()].sort((a, b) => a.run.meter - b.run.meter);
}

function merged(a: Told, b: Told): Told {
  const last = a.run.start > b.run.start ? a : b;
  return { run: last.run, from: Math.min(a.from, b.from), to: last.to };
}

function fromOf(run: DarkRun, start: number): number {
  if (run.exactStart) return run.start < start - 300_000 ? start : run.start;
  return run.onBefore >= start ? run.start : Math.min(start, run.start);
}

/** What was only seen lit later, came back with the others unless it was known to be dark after that. */
function toOf(run: DarkRun, end: number | null): number | null {
  if (end === null || (run.exactEnd && run.end !== null)) return run.end === null ? null : run.end;
  if (run.end === null || run.until <= end) return run.end === null ? end : Math.min(run.end, end);
  return run.end;
}

/** Customers below the node that neither told of it nor were lit while it lasted. */
function presumedOf(view: View, node: number, start: number, end: number | null, back: number): readonly number[] {
  const { tree, meters } = view.topology;
  const own = view.marks.set(view.dark.filter((run) => overlaps(run, start, end)));
  const presumed: number[] = [];
  const last = tree.endMeter[node] ?? 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < last; meter++) {
    if (meters.idle[meter] === 1 || meters.supply[meter] === 1 || own.has(meter)) continue;
    if ((meters.from[meter] ?? 0) > start || wasLit(view, meter, start, end, back)) continue;
    presumed.push(meter);
  }
  return presumed;
}

function overlaps(run: DarkRun, start: number, end: number | null): boolean {
  return run.start <= (end ?? Number.POSITIVE_INFINITY) && (run.end ?? Number.POSITIVE_INFINITY) >= start;
}

/** High when who speaks for the area agrees with a customer, or half of the customers told so themselves. */
function confidenceOf({ topology }: View, node: number, told: readonly Told[]): OutageConfidence {
  const customers = told.filter(({ run }) => !run.head && !isTerminal(run)).length;
  const heads = told.length - customers;
  if (heads > 0 && customers > 0) return 'high';
  return customers > 0 && customers * 2 >= (topology.tree.customers[node] ?? 0) ? 'high' : 'medium';
}
