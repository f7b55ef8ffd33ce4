import type { Outage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import { type MeterFacts, NO_FACTS } from './meter-facts.ts';
import { FRESH_RUN, withOff, withOn } from './run.ts';

/** What is remembered of one area. */
export interface AreaState {
  readonly meters: ReadonlyMap<string, MeterFacts>;
  /** Open incidents, and the last restored outages of the area, oldest first. */
  readonly incidents: readonly Outage[];
  /** Facts about missing supply up to here belong to outages that are forgotten, UTC ms; 0 = none are. */
  readonly forgottenUntil: number;
}

/**
 * All that the detectors know, by area: per meter the last facts, per area the open incidents and a few restored ones.
 * Its size depends on the number of meters alone, not on how long it runs. A value: nothing in it is ever changed.
 */
export interface OutageState {
  readonly areas: ReadonlyMap<string, AreaState>;
}

export const NO_AREA: AreaState = { meters: new Map(), incidents: [], forgottenUntil: 0 };

const MAX_PAST = 8;

/** Incidents that stay in the state: open ones and the area's newest restored outages; and where history now ends. */
export function remember(incidents: readonly Outage[], forgottenUntil: number): Omit<AreaState, 'meters'> {
  const past = incidents
    .filter((known) => known.kind === 'outage' && known.restoredAt !== null)
    .sort((a, b) => (a.restoredAt ?? 0) - (b.restoredAt ?? 0));
  const forgotten = past.slice(0, Math.max(0, past.length - MAX_PAST));
  return {
    incidents: [...past.slice(forgotten.length), ...incidents.filter((known) => known.restoredAt === null)],
    forgottenUntil: Math.max(forgottenUntil, ...forgotten.map((outage) => outage.restoredAt ?? 0)),
  };
}

/**
 * State of a process that starts, from the stored incidents: every open one, and those restored in the last days, so
 * that evidence that is delivered again finds what it once made. The meters are as the incidents' evidence left them;
 * readings fill in the rest within one round.
 */
export function restoreState(stored: readonly Outage[]): OutageState {
  const areas = new Map<string, AreaState>();
  for (const [area, incidents] of Map.groupBy(stored, (outage) => outage.area)) {
    const meters = new Map<string, MeterFacts>();
    for (const incident of incidents) restoreMeters(meters, incident);
    areas.set(area, { meters, ...remember(incidents, 0) });
  }
  return { areas };
}

function restoreMeters(meters: Map<string, MeterFacts>, incident: Outage): void {
  for (const { fact, meter, at } of incident.evidence) {
    const facts = meters.get(meter) ?? NO_FACTS;
    meters.set(meter, restoreFact(facts, fact, at, incident.phase));
  }
}

function restoreFact(facts: MeterFacts, fact: string, at: number, phase: Phase | null): MeterFacts {
  switch (fact) {
    case 'silent':
      return { ...facts, silentAt: Math.max(facts.silentAt, at) };
    case 'voltage_off':
    case 'on_battery':
    case 'power_down':
      return { ...facts, supply: withOff(facts.supply, at), offBy: fact };
    case 'voltage_on':
      return { ...facts, supply: withOn(facts.supply, at) };
    case 'phase_off':
    case 'phase_on': {
      if (phase === null) return facts;
      const run = facts.phases?.[phase] ?? FRESH_RUN;
      const next = fact === 'phase_off' ? withOff(run, at) : withOn(run, at);
      return { ...facts, phases: { ...facts.phases, [phase]: next } };
    }
    default:
      return facts;
  }
}
