import type { Derived, Lit, View } from './derive-types.ts';
import { NONE, type OutageTopology } from './topology.ts';
import { childrenOf } from './tree.ts';

/** What a look at the silence of an area needs to know besides. */
export interface SilenceView extends View {
  /** Whether something between the meter and the centre is known to be down. */
  wayIsDown(meter: number): boolean;
  /** Silence up to here was looked into already, by node of the area; UTC ms. */
  readonly after: number;
}

interface Asked {
  readonly silent: Lit[];
  readonly asked: number;
}

/**
 * The highest nodes of an area at least half of whose asked meters, and at least three, fell silent though the way to
 * them works: suspected outages, to be probed, never more. Only meters count that were heard since the last suspicion,
 * so that one that never answers raises it once.
 */
export function suspectedIn(view: SilenceView, node: number): Derived[] {
  if (!isSilenceSeen(view, node)) return [];
  const { silent, asked } = askedBelow(view, node);
  if (silent.length < view.settings.minMeters) return [];
  if (silent.length >= asked * view.settings.silentShare) return [suspicion(view, node, silent)];
  return [...childrenOf(view.topology.tree, node)].flatMap((child) => suspectedIn(view, child));
}

/** Whether so many were silent lately that it may be worth a look: quicker than the look itself. */
export function isSilenceSeen({ memory, topology, settings, now }: View, node: number): boolean {
  const { tree, meters } = topology;
  const since = now - settings.silenceMs;
  const end = tree.endMeter[node] ?? 0;
  let silent = 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
    if (memory.silentAt(meter) < since || meters.idle[meter] === 1 || meters.supply[meter] === 1) continue;
    if (++silent >= settings.minMeters) return true;
  }
  return false;
}

function askedBelow(view: SilenceView, node: number): Asked {
  const { memory, topology, settings, now } = view;
  const silent: Lit[] = [];
  let asked = 0;
  for (const meter of customersBelow(topology, node)) {
    const silentAt = memory.silentAt(meter);
    const heardAt = memory.litAt(meter);
    if (Math.max(silentAt, heardAt) < now - settings.silenceMs) continue;
    asked++;
    if (silentAt > heardAt && heardAt > view.after && !view.wayIsDown(meter)) silent.push({ meter, at: silentAt });
  }
  return { silent, asked };
}

function* customersBelow({ tree, meters }: OutageTopology, node: number): Generator<number> {
  const end = tree.endMeter[node] ?? 0;
  for (let meter = tree.firstMeter[node] ?? 0; meter < end; meter++) {
    if (meters.idle[meter] !== 1 && meters.supply[meter] !== 1) yield meter;
  }
}

function suspicion(_view: View, node: number, silent: readonly Lit[]): Derived {
  const start = silent.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return {
    kind: 'outage',
    state: 'unconfirmed',
    node,
    meter: NONE,
    phase: null,
    start,
    end: null,
    firstSeen: start,
    confidence: 'low',
    told: [],
    presumed: silent.map(({ meter }) => meter),
    witnesses: [],
    silent,
    parent: null,
  };
}
