import { densest, inOrder } from './cluster.ts';
import { certainUntil } from './contradiction.ts';
import { type DarkRun, isTerminal } from './dark-run.ts';
import { deriveIncident, startOf } from './derive-incident.ts';
import type { Derived, View } from './derive-types.ts';
import { nestedIn } from './nested.ts';
import { mayBeOnePhase, type PhaseRuns, phaseIncidents } from './phase-incident.ts';
import { type Placed, type Placement, placeAtFeeder, placeInArea } from './place-incident.ts';
import { singleMeter } from './single-meter.ts';
import { AREA_KIND, nodeAbove } from './tree.ts';

/**
 * The incidents that the interruptions of a feeder's meters and terminals tell of: a function of what is known, not of
 * the order in which it came. Phases first, then what began together, the most first.
 */
export function deriveFeeder(
  view: View,
  feeder: number,
  runs: readonly DarkRun[],
  phaseRuns: PhaseRuns,
): readonly Derived[] {
  const found: Derived[] = [];
  let pool = inOrder(runs);
  const byArea = Map.groupBy(pool, (run) => areaOf(view, run));
  for (const area of areasOf(view, [...pool, ...Object.values(phaseRuns).flat()])) {
    const { incidents, explained } = phaseIncidents(view, area, phaseRuns, byArea.get(area) ?? []);
    found.push(...incidents);
    if (explained.size > 0) pool = pool.filter((run) => !explained.has(run));
  }
  while (pool.length > 0) {
    const cluster = densest(pool, view.settings);
    if (cluster.length === 1) {
      found.push(...singlesOf(view, feeder, pool));
      break;
    }
    const together = new Set(cluster);
    const rest = pool.filter((run) => !together.has(run));
    const step = judge(view, feeder, cluster, rest);
    found.push(...step.incidents);
    // What only might have begun with the others, and is none of theirs, may have begun with something else.
    const latest = (cluster[0]?.start ?? 0) + view.settings.windowMs;
    const again = step.single.filter((run) => run.start > latest);
    pool = rest.filter((run) => !step.explained.has(run));
    if (again.length > 0) pool = inOrder([...pool, ...again]);
    found.push(...step.single.flatMap((run) => (run.start > latest ? [] : aloneIn(view, run))));
  }
  return found.flatMap((incident) => [incident, ...nestedIn(view, incident)]);
}

interface Step {
  readonly incidents: readonly Derived[];
  readonly explained: ReadonlySet<DarkRun>;
  /** Runs that are no more than one meter's own. */
  readonly single: readonly DarkRun[];
}

/** Runs that began together. */
function judge(view: View, feeder: number, cluster: readonly DarkRun[], rest: readonly DarkRun[]): Step {
  const { placed, single } = placeInFeeder(view, feeder, cluster);
  const incidents: Derived[] = [];
  const explained = new Set<DarkRun>();
  for (const each of placed) {
    const left = rest.filter((run) => !explained.has(run));
    const { incident, runs } = deriveIncident(view, each, left);
    if (!isOver(view, incident)) incidents.push(held(view, incident));
    for (const run of runs) explained.add(run);
  }
  return { incidents, explained, single };
}

/** One word of a dip, and supply after it: that was none. */
function isOver(view: View, incident: Derived): boolean {
  return incident.state === 'restored' && isOneWord(view, incident);
}

/** What may be a lost phase waits for a witness before it is an outage. */
function held(view: View, incident: Derived): Derived {
  if (incident.state !== 'open') return incident;
  const waits = view.now < incident.firstSeen + view.settings.phaseHoldMs && mayBeOnePhase(view, incident);
  return waits || isOneWord(view, incident) ? { ...incident, state: 'unconfirmed' } : incident;
}

/** One read without voltage of who speaks for the area may be a dip: it must be read again, or be silent. */
function isOneWord(view: View, { told }: Derived): boolean {
  const [only] = told;
  if (!only || told.length > 1 || !only.run.head || only.run.exactStart) return false;
  return certainUntil(view, only.run) - only.run.start < view.settings.minDownMs;
}

function placeInFeeder(view: View, feeder: number, cluster: readonly DarkRun[]): Placement {
  const { tree } = view.topology;
  const start = startOf(cluster);
  const byArea = Map.groupBy(cluster, (run) => areaOf(view, run));
  const placements = [...byArea].map(([area, runs]) => placeInArea(view, area, runs, start));
  const placed = placements.flatMap((each) => each.placed);
  const single = placements.flatMap((each) => each.single);
  const whole = placed.filter(({ node, partly }) => !partly && tree.kind[node] === AREA_KIND);
  const atFeeder = placeAtFeeder(view, feeder, whole, start);
  if (!atFeeder) return { placed, single };
  return underFeeder(view, atFeeder, { placed: placed.filter((each) => !whole.includes(each)), single });
}

/** In areas of which little was told and nothing contradicts it, that little belongs to the feeder's outage. */
function underFeeder(view: View, feeder: Placed, { placed, single }: Placement): Placement {
  const { tree } = view.topology;
  const litAreas = new Set(
    feeder.witnesses.map(({ meter }) => nodeAbove(tree, view.topology.meters.node[meter] ?? 0, AREA_KIND)),
  );
  const belongs = (node: number): boolean => !litAreas.has(nodeAbove(tree, node, AREA_KIND));
  const joining = [
    ...placed.filter((each) => belongs(each.node)).flatMap(({ runs }) => runs),
    ...single.filter((run) => belongs(run.node)),
  ];
  return {
    placed: [{ ...feeder, runs: [...feeder.runs, ...joining] }, ...placed.filter((each) => !belongs(each.node))],
    single: single.filter((run) => !belongs(run.node)),
  };
}

/** Runs of which no two began together: each is its meter's own, or its area's when it speaks for that. */
function singlesOf(view: View, feeder: number, runs: readonly DarkRun[]): Derived[] {
  return runs.flatMap((run) => {
    if (!run.head) return aloneIn(view, run);
    const { incidents, single } = judge(view, feeder, [run], []);
    return [...incidents, ...single.flatMap((each) => aloneIn(view, each))];
  });
}

function aloneIn(view: View, run: DarkRun): Derived[] {
  const alone = isTerminal(run) ? null : singleMeter(view, run);
  return alone ? [alone] : [];
}

function areaOf(view: View, run: DarkRun): number {
  return nodeAbove(view.topology.tree, run.node, AREA_KIND);
}

function areasOf(view: View, runs: readonly DarkRun[]): number[] {
  return [...new Set(runs.map((run) => areaOf(view, run)))].sort((a, b) => a - b);
}
