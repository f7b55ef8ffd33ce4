import type { Outage } from '#contract/outage.ts';
import { detectAreaOutage, extendAreaOutage, restoreAreaOutage } from './area-outage.ts';
import { type AreaView, type Cause, openIncident } from './area-view.ts';
import type { Evidence } from './evidence.ts';
import { isDark, learn, type MeterFacts, NO_FACTS } from './meter-facts.ts';
import { type AreaState, NO_AREA, type OutageState, remember } from './outage-state.ts';
import { recordedOutage } from './past-outage.ts';
import { judgePhases } from './phase-lost.ts';
import type { OutageSettings } from './settings.ts';
import type { OutageTopology } from './topology.ts';

export interface OutageStep {
  readonly state: OutageState;
  /** Incidents that began or changed materially, with their new revision, as they are to be stored. */
  readonly changed: readonly Outage[];
}

/**
 * The state after more evidence, and the incidents that it changed. Evidence may come in any order and repeatedly:
 * what the state contains already changes nothing, and ids depend on place and time only. Within one call it is taken
 * in the order of its own times. Meters that are in no area are passed over.
 *
 * Costs a copy of the touched areas' facts; evidence of ordinary supply is not judged at all.
 */
export function applyEvidence(
  state: OutageState,
  evidence: readonly Evidence[],
  topology: OutageTopology,
  settings: OutageSettings,
): OutageStep {
  const drafts = new Map<string, Draft>();
  for (const item of [...evidence].sort((a, b) => a.at - b.at)) {
    const area = topology.areaOf(item.meter);
    if (area === null) continue;
    const draft = drafts.get(area) ?? new Draft(state.areas.get(area) ?? NO_AREA, area, topology, settings);
    drafts.set(area, draft);
    draft.take(item);
  }
  const areas = new Map(state.areas);
  const changed: Outage[] = [];
  for (const [area, draft] of drafts) {
    if (!draft.touched) continue;
    const { next, outages } = draft.finish();
    areas.set(area, next);
    changed.push(...outages);
  }
  return { state: { areas }, changed };
}

/** One area while evidence is applied to it. */
class Draft implements AreaView {
  readonly topology: AreaView['topology'];
  readonly settings: OutageSettings;
  incidents: readonly Outage[];
  touched = false;
  readonly #before: AreaState;
  readonly #phases: OutageTopology;
  readonly #meters: Map<string, MeterFacts>;

  constructor(before: AreaState, area: string, topology: OutageTopology, settings: OutageSettings) {
    this.topology = topology.area(area);
    this.settings = settings;
    this.incidents = before.incidents;
    this.#before = before;
    this.#phases = topology;
    this.#meters = new Map(before.meters);
  }

  facts(meter: string): MeterFacts {
    return this.#meters.get(meter) ?? NO_FACTS;
  }

  phaseOf(meter: string): ReturnType<OutageTopology['phaseOf']> {
    return this.#phases.phaseOf(meter);
  }

  take(item: Evidence): void {
    if (isHistory(item, this.#before.forgottenUntil)) return;
    const before = this.facts(item.meter);
    const after = learn(before, item, this.settings);
    if (after === before) return;
    this.touched = true;
    this.#meters.set(item.meter, after);
    if (this.#matters(item, after)) this.#judge(item);
  }

  /** Ordinary supply, and silence where nothing is wrong, need no judgement. */
  #matters(item: Evidence, facts: MeterFacts): boolean {
    if (isDark(facts) || facts.phases !== null || item.fact === 'power_down') return true;
    return this.incidents.some((incident) => incident.restoredAt === null);
  }

  #judge(cause: Cause): void {
    for (const outage of judgePhases(this, cause)) this.#put(outage);
    if (cause.fact === 'power_down') this.#put(recordedOutage(this, cause));
    const open = openIncident(this, 'outage', 'area', this.topology.area);
    const current = open ? extendAreaOutage(this, open) : detectAreaOutage(this, cause);
    this.#put(current);
    if (current) this.#put(restoreAreaOutage(this, current));
  }

  #put(outage: Outage | null): void {
    if (!outage) return;
    const others = this.incidents.filter((known) => known.id !== outage.id);
    this.incidents = [...others, outage];
  }

  finish(): { next: AreaState; outages: Outage[] } {
    const stored = new Map(this.#before.incidents.map((outage) => [outage.id, outage]));
    const outages: Outage[] = [];
    this.incidents = this.incidents.map((outage) => {
      const known = stored.get(outage.id);
      if (known && isSame(known, outage)) return known;
      const revised = { ...outage, revision: (known?.revision ?? 0) + 1 };
      outages.push(revised);
      return revised;
    });
    return { next: { meters: this.#meters, ...remember(this.incidents, this.#before.forgottenUntil) }, outages };
  }
}

/** Facts about missing supply from before the last outage that was forgotten would raise it again. */
function isHistory(item: Evidence, forgottenUntil: number): boolean {
  if (item.fact === 'power_down') return (item.end ?? item.at) <= forgottenUntil;
  return (item.fact === 'voltage_off' || item.fact === 'on_battery') && item.at <= forgottenUntil;
}

/** Whether nothing changed that anybody must be told. */
function isSame(a: Outage, b: Outage): boolean {
  return (
    a.startedAt === b.startedAt &&
    a.restoredAt === b.restoredAt &&
    a.confidence === b.confidence &&
    a.meters.length === b.meters.length
  );
}
