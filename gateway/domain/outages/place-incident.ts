import { type Contradiction, contradiction } from './contradiction.ts';
import type { DarkRun } from './dark-run.ts';
import type { Lit, View } from './derive-types.ts';
import { metersNeeded } from './settings.ts';
import { AREA_KIND, childrenOf, isBelow, lowestWith } from './tree.ts';

/** Runs that are one incident, at its node. */
export interface Placed {
  readonly node: number;
  readonly runs: readonly DarkRun[];
  readonly witnesses: readonly Lit[];
  /** Others of the node are lit, and the registry knows nothing lower: only those that told so are without supply. */
  readonly partly: boolean;
}

export interface Placement {
  readonly placed: readonly Placed[];
  /** Runs that are no more than one meter's own. */
  readonly single: readonly DarkRun[];
}

/** Which meters of a node are looked at; all customers', when left out. */
export interface Scope {
  customersOf(node: number): number;
  counts(meter: number): boolean;
}

/**
 * Runs of one area that began together, each at the lowest node that explains them: that contains them, of whose meters
 * they are enough, and of which few others were lit meanwhile; else the nodes below are judged one by one. Supply meter
 * and terminal speak for the area as long as no customer's meter contradicts them.
 */
export function placeInArea(view: View, area: number, runs: readonly DarkRun[], start: number): Placement {
  const heads = runs.filter(({ head }) => head);
  if (heads.length > 0) {
    const against = contradiction(view, area, runs, start);
    if (!contradicts(view, against, runs.length - heads.length)) {
      return { placed: [{ node: area, runs, witnesses: against.witnesses, partly: false }], single: [] };
    }
  }
  const customers = runs.filter(({ head }) => !head);
  return place(view, customers, start, {
    customersOf: (node) => view.topology.tree.customers[node] ?? 0,
    counts: () => true,
  });
}

/** As `placeInArea`, without regard to who speaks for the area. */
export function place(view: View, runs: readonly DarkRun[], start: number, scope: Scope): Placement {
  if (runs.length < 2) return { placed: [], single: runs };
  const { tree } = view.topology;
  const node = lowestWith(
    tree,
    runs.map((run) => run.node),
  );
  const enough = runs.length >= metersNeeded(scope.customersOf(node), view.settings);
  const against = contradiction(view, node, runs, start, (meter) => scope.counts(meter));
  const partly = contradicts(view, against, runs.length);
  if (enough && !partly) return { placed: [{ node, runs, witnesses: against.witnesses, partly }], single: [] };
  return placeBelow(view, node, runs, start, scope, against);
}

function placeBelow(
  view: View,
  node: number,
  runs: readonly DarkRun[],
  start: number,
  scope: Scope,
  against: Contradiction,
): Placement {
  const { tree } = view.topology;
  const placed: Placed[] = [];
  const single: DarkRun[] = [];
  let own = runs;
  for (const child of childrenOf(tree, node)) {
    const below = own.filter((run) => isBelow(tree, run.node, child));
    if (below.length === 0) continue;
    own = own.filter((run) => !isBelow(tree, run.node, child));
    const found = place(view, below, start, scope);
    placed.push(...found.placed);
    single.push(...found.single);
  }
  if (own.length < view.settings.minMeters) return { placed, single: [...single, ...own] };
  return { placed: [...placed, { node, runs: own, witnesses: against.witnesses, partly: true }], single };
}

/** Whether too many are lit. Where nobody is dark who could be counted against them, one is too many. */
function contradicts({ settings }: View, { lit }: Contradiction, dark: number): boolean {
  return dark === 0 ? lit > 0 : lit > settings.contradictShare * (lit + dark);
}

/**
 * Areas of a feeder that went dark together, as one incident of the feeder, unless too many of its other areas were lit
 * meanwhile; null when they are not.
 */
export function placeAtFeeder(view: View, feeder: number, areas: readonly Placed[], start: number): Placed | null {
  const { tree } = view.topology;
  if (areas.length < view.settings.minAreas || tree.names[feeder] === '') return null;
  const dark = new Set(areas.map(({ node }) => node));
  const runs = areas.flatMap((area) => area.runs);
  const witnesses: Lit[] = [];
  let lit = 0;
  for (const area of childrenOf(tree, feeder)) {
    if (dark.has(area) || tree.kind[area] !== AREA_KIND) continue;
    const against = contradiction(view, area, runs, start);
    if (against.lit === 0) continue;
    lit++;
    witnesses.push(...against.witnesses.slice(0, 1));
  }
  if (contradicts(view, { witnesses, lit }, dark.size)) return null;
  return { node: feeder, runs, witnesses: witnesses.slice(0, 20), partly: false };
}
