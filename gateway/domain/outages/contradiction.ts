import { quantileOf } from './cluster.ts';
import { type DarkRun, isTerminal } from './dark-run.ts';
import type { Lit, View } from './derive-types.ts';

/** Witnesses that are named; more change nothing. */
const MAX_WITNESSES = 20;
/** Share of the dark that must be back for the first to be. */
const BACK_SHARE = 0.1;

/** Last moment at which it is known to last: told, or by silence when it was asked. */
export function certainUntil({ memory }: View, run: DarkRun): number {
  if (isTerminal(run)) return run.until;
  return Math.max(run.until, memory.silentBetween(run.meter, run.start, run.end ?? Number.POSITIVE_INFINITY));
}

/**
 * Up to when a lit meter speaks against an outage that the runs tell of. Half of them must be known to be dark still:
 * afterwards supply may have come back, and the lit meter is only the first that was asked. What lasts is taken to last
 * a little longer than it was last told.
 */
export function speaksUntil(view: View, runs: readonly DarkRun[]): number {
  const until = quantileOf(
    runs.map((run) => certainUntil(view, run)),
    0.5,
  );
  const over = runs.filter(({ end }) => end !== null).length * 2 >= runs.length;
  return over ? until - view.settings.clockMs : until + view.settings.windowMs;
}

/**
 * A moment in (from, to) at which a meter had supply although it was not asked in vain before, or 0: what was silent and
 * answers has its supply back.
 */
export function litDuring({ memory }: View, meter: number, from: number, to: number): number {
  const at = memory.litBetween(meter, from, to);
  return at > 0 && memory.silentBetween(meter, from, at) === 0 ? at : 0;
}

/**
 * When the first of those that are dark came back, UTC ms; Infinity while none has: the first tenth of them, so that one
 * wrong word does not end the time within which others speak against an outage.
 */
export function firstBack(runs: readonly DarkRun[], others: readonly number[] = []): number {
  if (runs.length === 0) return Number.POSITIVE_INFINITY;
  const ends = runs.map(({ end }) => end ?? Number.POSITIVE_INFINITY);
  return quantileOf([...ends, ...others], BACK_SHARE);
}

export interface Contradiction {
  readonly witnesses: readonly Lit[];
  readonly lit: number;
}

/**
 * Who below a node was lit while the runs were dark, the dark ones left out. Whoever has supply when the first are back,
 * or later, speaks of the restoration.
 */
export function contradiction(
  view: View,
  node: number,
  runs: readonly DarkRun[],
  start: number,
  counts: (meter: number) => boolean = () => true,
): Contradiction {
  const { memory, topology, settings } = view;
  const { tree, meters } = topology;
  const from = start + settings.clockMs;
  const to = speaksUntil(view, runs);
  const lit: Lit[] = [];
  const back: number[] = [];
  const dark = view.marks.set(runs);
  const end = to <= from ? 0 : (tree.endMeter[node] ?? 0);
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
    if (dark.has(meter) || meters.idle[meter] === 1 || !counts(meter)) continue;
    const at = memory.litBetween(meter, from, to);
    if (at === 0) continue;
    if (memory.silentBetween(meter, start, at) === 0) lit.push({ meter, at });
    else back.push(at);
  }
  const restored = firstBack(runs, back) - settings.clockMs;
  const against = lit.filter(({ at }) => at < restored);
  return { witnesses: against.slice(0, MAX_WITNESSES), lit: against.length };
}
