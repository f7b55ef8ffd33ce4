import { askedInVain } from './asked-in-vain.ts';
import { certainUntil } from './contradiction.ts';
import type { DarkRun } from './dark-run.ts';
import { isTerminal } from './dark-run.ts';
import { deriveIncident, firstSeen } from './derive-incident.ts';
import type { Derived, View } from './derive-types.ts';
import { place } from './place-incident.ts';
import { singleMeter } from './single-meter.ts';
import { NONE } from './topology.ts';
import { lowestWith } from './tree.ts';

/**
 * What stayed dark when an outage was restored, as outages of their own that begin with that moment. Whoever told after
 * it that supply is still missing, or twice did not answer, is one at its own lowest node; the rest, of whom nothing was heard
 * since, are unconfirmed together until they are asked, and none when nothing comes of it.
 */
export function nestedIn(view: View, parent: Derived): Derived[] {
  const { end } = parent;
  if (end === null || parent.node === NONE) return [];
  const { clockMs, windowMs, unconfirmedMs } = view.settings;
  const stayed = parent.told
    .map(({ run }) => run)
    .filter((run) => !isTerminal(run) && !run.head && (run.end === null || run.end > end + windowMs));
  const proven = stayed.filter((run) => isProven(view, run, end + clockMs));
  const unheard = stayed.filter((run) => run.end === null && !proven.includes(run));
  const nested = provenIn(view, parent, end, proven);
  if (unheard.length > 0 && view.now <= end + unconfirmedMs) nested.push(unheardIn(view, parent, end, unheard));
  return nested;
}

function isProven(view: View, run: DarkRun, after: number): boolean {
  if (run.until > after || (run.exactEnd && (run.end ?? 0) > after)) return true;
  return askedInVain(view, run.meter, after, run.end ?? Number.POSITIVE_INFINITY) !== null;
}

function provenIn(view: View, parent: Derived, start: number, runs: readonly DarkRun[]): Derived[] {
  const rebased = runs.map((run) => ({ ...run, start, exactStart: true }));
  const { placed, single } = place(view, rebased, start, {
    customersOf: (node) => view.topology.tree.customers[node] ?? 0,
    counts: () => true,
  });
  return [
    ...placed.map((each) => deriveIncident(view, { ...each, partly: true }, [], { start, parent }).incident),
    ...single.flatMap((run) => singleMeter(view, { ...run, until: certainUntil(view, run) }, parent) ?? []),
  ];
}

function unheardIn(view: View, parent: Derived, start: number, runs: readonly DarkRun[]): Derived {
  const { tree } = view.topology;
  const [only] = runs;
  const alone = runs.length === 1 && only !== undefined;
  return {
    kind: 'outage',
    state: 'unconfirmed',
    node: alone
      ? NONE
      : lowestWith(
          tree,
          runs.map(({ node }) => node),
        ),
    meter: alone ? only.meter : NONE,
    phase: null,
    start,
    end: null,
    firstSeen: firstSeen(runs),
    confidence: 'low',
    told: runs.map((run) => ({ run, from: start, to: null })),
    presumed: [],
    witnesses: [],
    silent: [],
    parent,
  };
}
