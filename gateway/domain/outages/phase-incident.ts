import { PHASES, type Phase } from '#contract/quantities.ts';
import { densest } from './cluster.ts';
import { litDuring } from './contradiction.ts';
import type { DarkRun } from './dark-run.ts';
import { deriveIncident, firstSeen } from './derive-incident.ts';
import type { Derived, View } from './derive-types.ts';
import { type Placed, place, type Scope } from './place-incident.ts';
import { NONE, THREE_PHASES } from './topology.ts';
import { AREA_KIND, lowestWith, metersBelow, nodeAbove } from './tree.ts';

/** So many dark meters of one phase, and none of another, are no chance: the first of them leaves 1 in 3^5. */
const SURE = 6;

/** Missing phases of three-phase meters of a feeder, by phase, ascending by start. */
export type PhaseRuns = Readonly<Record<Phase, readonly DarkRun[]>>;

export interface PhaseStep {
  readonly incidents: readonly Derived[];
  /** Runs of dark single-phase meters that a lost phase explains. */
  readonly explained: ReadonlySet<DarkRun>;
}

/**
 * Lost phases of an area: three-phase meters that miss one, and single-phase meters on it that are dark. Without a
 * three-phase meter, nobody on another phase may be
 * dark at the same time, and someone on another must be lit, unless they are too many to be of one phase by chance.
 */
export function phaseIncidents(
  view: View,
  area: number,
  phaseRuns: PhaseRuns,
  darkRuns: readonly DarkRun[],
): PhaseStep {
  const incidents: Derived[] = [];
  const explained = new Set<DarkRun>();
  const unknown = darkRuns.filter((run) => isUnknown(view, run));
  for (const phase of PHASES) {
    const three = phaseRuns[phase].filter((run) => areaOf(view, run) === area);
    const single = darkRuns.filter((run) => !run.head && phaseOf(view, run.meter) === phase && !explained.has(run));
    let pool = [...three, ...single].sort((a, b) => a.start - b.start || a.meter - b.meter);
    while (pool.length > 0) {
      const cluster = densest(pool, view.settings);
      const together = new Set(cluster);
      const rest = pool.filter((run) => !together.has(run));
      const joining = [...rest, ...unknown.filter((run) => !explained.has(run))];
      const found = judge(view, phase, cluster, joining, darkRuns, new Set(three));
      for (const { incident, runs } of found) {
        incidents.push(incident);
        for (const run of runs) explained.add(run);
      }
      pool = rest.filter((run) => !explained.has(run));
    }
  }
  return { incidents, explained };
}

interface Found {
  readonly incident: Derived;
  readonly runs: ReadonlySet<DarkRun>;
}

function judge(
  view: View,
  phase: Phase,
  cluster: readonly DarkRun[],
  rest: readonly DarkRun[],
  dark: readonly DarkRun[],
  three: ReadonlySet<DarkRun>,
): Found[] {
  const told = cluster.filter((run) => three.has(run));
  const start = cluster[0]?.start ?? 0;
  if (told.length === 0 && !isOnePhase(view, phase, cluster, dark)) return [];
  const scope = scopeOf(view, phase);
  const { placed, single } = place(view, cluster, start, scope);
  const found = placed.flatMap((each) => complete(view, phase, each, rest, told.length > 0) ?? []);
  return [...found, ...single.filter((run) => three.has(run)).map((run) => alone(phase, run))];
}

function complete(view: View, phase: Phase, placed: Placed, rest: readonly DarkRun[], hasThree: boolean): Found | null {
  const { incident, runs } = deriveIncident(view, placed, rest);
  const presumed = incident.presumed.filter((meter) => phaseOf(view, meter) === phase);
  return {
    incident: { ...incident, kind: 'phase-lost', phase, presumed, confidence: hasThree ? 'high' : 'medium' },
    runs,
  };
}

/** One three-phase meter that misses a phase. */
function alone(phase: Phase, run: DarkRun): Found {
  const incident: Derived = {
    kind: 'phase-lost',
    state: run.end === null ? 'open' : 'restored',
    node: NONE,
    meter: run.meter,
    phase,
    start: run.start,
    end: run.end,
    firstSeen: firstSeen([run]),
    confidence: 'medium',
    told: [{ run, from: run.start, to: run.end }],
    presumed: [],
    witnesses: [],
    silent: [],
    parent: null,
  };
  return { incident, runs: new Set([run]) };
}

/** Only meters of the phase are dark in the area, and one of another phase is lit. */
function isOnePhase(view: View, phase: Phase, cluster: readonly DarkRun[], dark: readonly DarkRun[]): boolean {
  const [first] = cluster;
  if (!first || cluster.length < 2) return false;
  const { windowMs, clockMs } = view.settings;
  const start = first.start;
  const together = dark.filter((run) => Math.abs(run.start - start) <= windowMs);
  if (together.some((run) => run.head || (!isUnknown(view, run) && phaseOf(view, run.meter) !== phase))) return false;
  if (cluster.length >= SURE && isOneOfMany(view, phase, cluster)) return true;
  const { tree, meters } = view.topology;
  const area = areaOf(view, first);
  const to = Math.min(...cluster.map((run) => run.end ?? Number.POSITIVE_INFINITY));
  const end = tree.endMeter[area] ?? 0;
  for (let meter = tree.firstMeter[area] ?? 0; meter < end; meter++) {
    const other = meters.phase[meter] ?? 0;
    if (other === 0 || other === THREE_PHASES || PHASES[other - 1] === phase) continue;
    if (litDuring(view, meter, start + clockMs, to) > 0) return true;
  }
  return false;
}

/** As many others hang there on other phases: that none of them is dark is no chance. */
function isOneOfMany({ topology }: View, phase: Phase, cluster: readonly DarkRun[]): boolean {
  const { tree, meters } = topology;
  const node = lowestWith(
    tree,
    cluster.map((run) => run.node),
  );
  const count: Record<'own' | 'others', number> = { own: 0, others: 0 };
  const end = tree.endMeter[node] ?? 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
    const other = meters.phase[meter] ?? 0;
    if (other === 0 || other === THREE_PHASES || meters.idle[meter] === 1) continue;
    count[PHASES[other - 1] === phase ? 'own' : 'others']++;
  }
  return count.others >= count.own;
}

/**
 * Whether a few dark meters may have lost one phase only: all of them hang on the same one, and nobody on another was
 * heard yet.
 */
export function mayBeOnePhase(view: View, { told, node }: Derived): boolean {
  if (node === NONE || told.some(({ run }) => run.head)) return false;
  const phases = new Set(told.map(({ run }) => view.topology.meters.phase[run.meter] ?? 0));
  phases.delete(0);
  const [only] = phases;
  if (phases.size !== 1 || only === THREE_PHASES) return false;
  for (const meter of metersBelow(view.topology, node)) {
    const other = view.topology.meters.phase[meter] ?? 0;
    if (other !== 0 && other !== only) return true;
  }
  return false;
}

/** A single-phase meter of which the registry does not know where it hangs. */
function isUnknown(view: View, { meter, head }: DarkRun): boolean {
  return meter >= 0 && !head && (view.topology.meters.phase[meter] ?? 0) === 0;
}

/** Who can tell of the phase: single-phase meters on it, and those with three. */
function scopeOf(view: View, phase: Phase): Scope {
  const { tree, meters } = view.topology;
  const own = PHASES.indexOf(phase) + 1;
  return {
    customersOf: (node) => {
      let count = 0;
      const end = tree.endMeter[node] ?? 0;
      for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
        const other = meters.phase[meter];
        if (meters.idle[meter] !== 1 && (other === own || other === THREE_PHASES)) count++;
      }
      return count;
    },
    // A three-phase meter has voltage on the others; only one on this phase alone tells that it is there.
    counts: (meter) => meters.phase[meter] === own,
  };
}

function phaseOf(view: View, meter: number): Phase | null {
  if (meter < 0) return null;
  const phase = view.topology.meters.phase[meter] ?? 0;
  return phase === 0 || phase === THREE_PHASES ? null : (PHASES[phase - 1] ?? null);
}

function areaOf(view: View, run: DarkRun): number {
  return nodeAbove(view.topology.tree, run.node, AREA_KIND);
}
