import { quantileOf } from './cluster.ts';
import { certainUntil, litDuring } from './contradiction.ts';
import { type DarkRun, isTerminal } from './dark-run.ts';
import type { View } from './derive-types.ts';
import { metersNeeded } from './settings.ts';

/** The newest run of each meter. */
function lastRuns(runs: readonly DarkRun[]): DarkRun[] {
  const last = new Map<number, DarkRun>();
  for (const run of runs) {
    const known = last.get(run.meter);
    if (!known || known.start < run.start) last.set(run.meter, run);
  }
  return [...last.values()];
}

/**
 * When supply was back at a node whose runs these are, UTC ms; null while it is not. It is when the supply meter (or
 * the terminal) has it, or enough of those that were heard of: who told so itself, and who did not but has supply since.
 * Recorded ends are taken before moments at which supply was only seen; of those, the first counts that is not before
 * the rest was known to be dark.
 */
export function restorationOf(
  view: View,
  node: number,
  runs: readonly DarkRun[],
  start: number,
  partly: boolean,
): number | null {
  const last = lastRuns(runs);
  const byHead = last.filter(({ head, end }) => head && end !== null);
  if (byHead.length > 0) return bestEnd(byHead);
  const told = heardOf(
    view,
    last.filter((run) => !isTerminal(run)),
  );
  const back = told.filter(({ end }) => end !== null);
  if (back.length === 0 || back.length * 2 < told.length) return null;
  const others = partly || back.length === told.length ? 0 : litSince(view, node, told, start);
  if (back.length + others < view.settings.restoredShare * (told.length + others)) return null;
  return bestEnd(back);
}

/**
 * Those that count: of whom nothing was heard for a good while after the first was back, nothing can be waited for. A
 * few must be back all the same.
 */
function heardOf(view: View, told: readonly DarkRun[]): readonly DarkRun[] {
  const first = told.reduce((least, { end }) => Math.min(least, end ?? least), Number.POSITIVE_INFINITY);
  if (view.now < first + view.settings.silenceMs) return told;
  const heard = told.filter((run) => run.end !== null || certainUntil(view, run) > first);
  return heard.length >= metersNeeded(told.length, view.settings) ? heard : told;
}

/** Ends of runs that have one, as one. */
function bestEnd(back: readonly DarkRun[]): number {
  const exact = back.filter(({ exactEnd }) => exactEnd);
  const share = 0.9;
  if (exact.length > 0) {
    return quantileOf(
      exact.map(({ end }) => end ?? 0),
      share,
    );
  }
  const first = back.reduce((least, { end }) => Math.min(least, end ?? least), Number.POSITIVE_INFINITY);
  const known = quantileOf(
    back.map(({ until }) => until),
    share,
  );
  return Math.max(first, known);
}

/** Customers' meters of the node that did not tell, and are lit since. */
function litSince(
  { memory, topology, settings, marks }: View,
  node: number,
  told: readonly DarkRun[],
  start: number,
): number {
  const { tree, meters } = topology;
  const dark = marks.set(told);
  const end = tree.endMeter[node] ?? 0;
  let lit = 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
    if (dark.has(meter) || meters.idle[meter] === 1) continue;
    if (memory.litAt(meter) > start + settings.clockMs) lit++;
  }
  return lit;
}

/**
 * Whether a meter that did not tell was lit while an outage lasted, so that it is none of it. `back`: when the first were
 * back; who has supply after that shared the outage.
 */
export function wasLit(view: View, meter: number, start: number, end: number | null, back: number): boolean {
  const { clockMs } = view.settings;
  return litDuring(view, meter, start + clockMs, Math.min(end ?? Number.POSITIVE_INFINITY, back) - clockMs) > 0;
}
