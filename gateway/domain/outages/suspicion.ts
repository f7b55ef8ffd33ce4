import type { Outage } from '#contract/outage.ts';
import type { Derived } from './derive-types.ts';
import type { FeederParts } from './feeder-work.ts';
import { suspectedIn } from './silence.ts';
import { NONE } from './topology.ts';
import { AREA_KIND, childrenOf, nodeAbove } from './tree.ts';

/** An incident that only silence speaks for. */
export function isSuspicion({ state, dark, kind, evidence }: Outage): boolean {
  return (
    state === 'unconfirmed' && dark === 0 && kind === 'outage' && evidence.every(({ source }) => source === 'meter')
  );
}

/** Suspected outages of areas in which nothing else is wrong. */
export function suspicions(parts: FeederParts, derived: readonly Derived[]): Derived[] {
  const { view, feeder, known } = parts;
  const { tree, meters } = view.topology;
  const busy = new Set(
    derived
      .filter(({ state }) => state !== 'restored')
      .map(({ node, meter }) => nodeAbove(tree, node === NONE ? (meters.node[meter] ?? NONE) : node, AREA_KIND)),
  );
  if (busy.has(feeder)) return [];
  const before = new Set<string>();
  for (const outage of known.all()) if (isSuspicion(outage) && outage.area !== null) before.add(outage.area);
  const silenceView = { ...view, after: known.silenceAfter, wayIsDown: parts.wayIsDown };
  return [...childrenOf(tree, feeder)]
    .filter((area) => !busy.has(area) && !before.has(tree.names[area] ?? ''))
    .flatMap((area) => suspectedIn(silenceView, area));
}

/** Until its meters answer, the way to them breaks, or nothing came of it for long. */
export function stillSuspected({ view, wayIsDown }: FeederParts, outage: Outage): boolean {
  const { memory, settings, topology, now } = view;
  if (now >= outage.startedAt + settings.unconfirmedMs) return false;
  const silent = outage.members.filter(({ meter }) => {
    const number = topology.meters.ids.numberOf(meter);
    if (number === undefined || wayIsDown(number)) return false;
    return memory.silentAt(number) > memory.litAt(number);
  });
  return silent.length >= Math.max(settings.minMeters, outage.members.length * settings.silentShare);
}
