import type { Outage, OutageFact, OutageKind } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import { incidentId } from '../incident-id.ts';
import type { Evidence } from './evidence.ts';
import { isDark, type MeterFacts } from './meter-facts.ts';
import type { OutageSettings } from './settings.ts';
import type { AreaTopology } from './topology.ts';

/** One area as a detector sees it: its meters, what is known of them, and its incidents. */
export interface AreaView {
  readonly topology: AreaTopology;
  readonly settings: OutageSettings;
  /** Open incidents, and the area's outages that were restored lately. */
  readonly incidents: readonly Outage[];
  facts(meter: string): MeterFacts;
  phaseOf(meter: string): Phase | null;
}

/** The evidence that is being judged. */
export type Cause = Evidence;

/** Facts named in one incident; `meters` names all meters, however many. */
const MAX_FACTS = 200;

/** A restoration is believed when this share of those that are heard of have supply. */
export const RESTORED_SHARE = 0.9;

export function openIncident(
  view: AreaView,
  kind: OutageKind,
  node: 'area' | 'meter',
  nodeId: string,
  phase: Phase | null = null,
): Outage | undefined {
  return view.incidents.find(
    (known) =>
      known.restoredAt === null &&
      known.kind === kind &&
      known.node === node &&
      known.nodeId === nodeId &&
      known.phase === phase,
  );
}

/** An incident without meters yet; phase-lost when a phase is named. */
export function newIncident(
  view: AreaView,
  cause: Cause,
  node: 'area' | 'meter',
  nodeId: string,
  startedAt: number,
  phase: Phase | null = null,
): Outage {
  const kind = phase === null ? 'outage' : 'phase-lost';
  return {
    id: incidentId(phase === null ? kind : `${kind}-${phase}`, nodeId, startedAt),
    kind,
    node,
    nodeId,
    area: view.topology.area,
    phase,
    startedAt,
    restoredAt: null,
    detectedAt: cause.seenAt,
    confidence: 'medium',
    meters: [],
    evidence: [],
    revision: 0,
  };
}

export function allMeters(topology: AreaTopology): string[] {
  return topology.supply === null ? [...topology.customers] : [topology.supply, ...topology.customers];
}

/**
 * Since when a dark meter counts as dark, or null when a restored outage explains it. A meter that a restored outage
 * took down and that is still seen dark well after the restoration counts from there: an outage inside the outage.
 */
export function darkSince(view: AreaView, meter: string): number | null {
  const facts = view.facts(meter);
  if (!isDark(facts)) return null;
  const { offSince, offAt } = facts.supply;
  const { windowMs } = view.settings;
  const past = view.incidents.findLast(({ kind, startedAt, restoredAt }) => {
    return kind === 'outage' && restoredAt !== null && offSince >= startedAt - windowMs && offSince <= restoredAt;
  });
  if (!past || past.restoredAt === null) return offSince;
  return offAt > past.restoredAt + windowMs ? past.restoredAt : null;
}

/** The incident with more meters and facts; each meter once, facts up to their limit. */
export function withMeters(outage: Outage, meters: readonly string[], facts: readonly OutageFact[]): Outage {
  const known = new Set(outage.meters);
  const added = meters.filter((meter) => !known.has(meter));
  if (added.length === 0) return outage;
  const names = new Set(added);
  const named = facts.filter((fact) => names.has(fact.meter));
  return {
    ...outage,
    meters: [...outage.meters, ...added],
    evidence: [...outage.evidence, ...named].slice(0, MAX_FACTS),
  };
}

/** The incident closed at `restoredAt`, with the facts that closed it. */
export function restored(outage: Outage, restoredAt: number, facts: readonly OutageFact[]): Outage {
  return { ...outage, restoredAt, evidence: [...outage.evidence, ...facts].slice(0, MAX_FACTS) };
}

/** The newest fact about missing supply at a meter. */
export function offFact(view: AreaView, meter: string): OutageFact {
  const { supply, offBy } = view.facts(meter);
  return { fact: offBy ?? 'voltage_off', meter, at: supply.offSince, detail: '' };
}
