import type { Outage, OutageFact, OutageMember, OutageNode } from '#contract/outage.ts';
import { isTerminal, terminalNumber } from './dark-run.ts';
import type { Derived, Told } from './derive-types.ts';
import { NONE, type OutageTopology } from './topology.ts';
import { AREA_KIND, kindOf, nodeAbove } from './tree.ts';

/** Facts that one incident names of each sort; its members name all meters, however many. */
const MAX_TOLD = 120;
const MAX_BACK = 60;
const MAX_OTHERS = 20;
/** Detail of a fact that speaks of a meter beside the incident. */
export const NEIGHBOUR = 'neighbour';

/** What of an outage follows from the facts alone. */
export type OutageBody = Omit<
  Outage,
  'id' | 'kind' | 'detectedAt' | 'confirmedAt' | 'parent' | 'planned' | 'overrun' | 'revision'
>;

export function bodyOf(topology: OutageTopology, derived: Derived): OutageBody {
  const { tree, meters, districts } = topology;
  const lowest = derived.node === NONE ? (meters.node[derived.meter] ?? NONE) : derived.node;
  const feeder = tree.names[nodeAbove(tree, lowest, 0)] || null;
  const areaNode = nodeAbove(tree, lowest, AREA_KIND);
  const area = (tree.kind[lowest] ?? 0) >= AREA_KIND ? (tree.names[areaNode] ?? null) : null;
  const members = membersOf(topology, derived);
  const told = derived.told.filter(({ run }) => !isTerminal(run));
  const supply = told.filter(({ run }) => meters.supply[run.meter] === 1).length;
  return {
    state: derived.state,
    ...placeOf(topology, derived),
    district: feeder === null ? null : (districts.get(feeder) ?? null),
    feeder,
    area,
    areas: area === null ? areasOf(topology, derived) : [area],
    phase: derived.phase,
    startedAt: derived.start,
    restoredAt: derived.end,
    firstEvidenceAt: derived.firstSeen,
    confidence: derived.confidence,
    customers: members.length - supply,
    dark: told.length,
    members,
    evidence: evidenceOf(topology, derived),
  };
}

function placeOf({ tree, meters }: OutageTopology, { node, meter }: Derived): { node: OutageNode; nodeId: string } {
  if (node === NONE) return { node: 'meter', nodeId: meters.ids.texts[meter] ?? '' };
  return { node: kindOf(tree, node), nodeId: tree.names[node] ?? '' };
}

function areasOf({ tree, meters }: OutageTopology, { told, presumed }: Derived): string[] {
  const nodes = new Set<number>();
  for (const { run } of told) nodes.add(nodeAbove(tree, run.node, AREA_KIND));
  let end = 0;
  for (const meter of presumed) {
    // Ascending: of each area the first tells.
    if (meter < end) continue;
    const area = nodeAbove(tree, meters.node[meter] ?? NONE, AREA_KIND);
    nodes.add(area);
    end = tree.endMeter[area] ?? 0;
  }
  return [...nodes].map((node) => tree.names[node] ?? '').sort();
}

function membersOf({ meters }: OutageTopology, { told, presumed, start, end }: Derived): OutageMember[] {
  const members: OutageMember[] = told
    .filter(({ run }) => !isTerminal(run))
    .map(({ run, from, to }) => ({ meter: meters.ids.texts[run.meter] ?? '', from, to, told: 'itself' }));
  for (const meter of presumed) {
    members.push({ meter: meters.ids.texts[meter] ?? '', from: start, to: end, told: 'presumed' });
  }
  return members.sort((a, b) => (a.meter < b.meter ? -1 : 1));
}

function evidenceOf(topology: OutageTopology, derived: Derived): OutageFact[] {
  const texts = topology.meters.ids.texts;
  const source = ({ run }: Told): Pick<OutageFact, 'source' | 'id'> => {
    if (!isTerminal(run)) return { source: 'meter', id: texts[run.meter] ?? '' };
    return { source: 'concentrator', id: topology.ways.concentrators.texts[terminalNumber(run.meter)] ?? '' };
  };
  const phase = derived.phase?.toUpperCase() ?? '';
  const told = derived.told.slice(0, MAX_TOLD).map((each) => {
    const { by, start } = each.run;
    return { fact: isTerminal(each.run) ? 'terminal_down' : by, ...source(each), at: start, detail: phase };
  });
  const back = derived.told.filter(({ run }) => run.end !== null).slice(0, MAX_BACK);
  const ups = back.map((each) => {
    const fact = isTerminal(each.run) ? 'terminal_up' : each.run.exactEnd ? 'power_up' : 'voltage_on';
    return { fact, ...source(each), at: each.run.end ?? 0, detail: phase };
  });
  const meter = (fact: string, detail: string) => {
    return (each: { meter: number; at: number }): OutageFact => {
      return { fact, source: 'meter', id: texts[each.meter] ?? '', at: each.at, detail };
    };
  };
  return [
    ...told,
    ...ups,
    ...derived.silent.slice(0, MAX_OTHERS).map(meter('silent', '')),
    ...derived.witnesses.slice(0, MAX_OTHERS).map(meter('voltage_on', NEIGHBOUR)),
  ];
}
