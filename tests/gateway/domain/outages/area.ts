import type { Outage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import { applyEvidence } from '#domain/outages/apply-evidence.ts';
import type { Evidence } from '#domain/outages/evidence.ts';
import { type OutageState, restoreState } from '#domain/outages/outage-state.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import type { OutageTopology } from '#domain/outages/topology.ts';

export const T0 = Date.UTC(2026, 10, 20, 2);
export const MIN = 60_000;

/** Area `a` with supply meter `s` and customers `m0…`; `phases` of single-phase customers by index. */
export function topologyOf(customers: number, phases: readonly (Phase | null)[] = [], supply = true): OutageTopology {
  const ids = Array.from({ length: customers }, (_, i) => `m${i}`);
  const known = new Set(supply ? [...ids, 's'] : ids);
  return {
    areaOf: (meter) => (known.has(meter) ? 'a' : null),
    area: (area) => ({ area, supply: supply ? 's' : null, customers: ids }),
    phaseOf: (meter) => phases[ids.indexOf(meter)] ?? null,
  };
}

const item = (fact: 'voltage_off' | 'on_battery' | 'answered' | 'silent') => {
  return (meter: string, at: number): Evidence => ({ fact, meter, at, seenAt: at });
};
export const off = item('voltage_off');
export const battery = item('on_battery');
export const answered = item('answered');
export const silent = item('silent');

export function on(meter: string, at: number, missing: readonly Phase[] = []): Evidence {
  const all: readonly Phase[] = ['a', 'b', 'c'];
  return { fact: 'voltage_on', meter, at, seenAt: at, present: all.filter((p) => !missing.includes(p)), missing };
}

export function down(meter: string, start: number, end: number | null, seenAt = end ?? start): Evidence {
  return { fact: 'power_down', meter, at: start, end, seenAt };
}

export function each(count: number, make: (meter: string) => Evidence, from = 0): Evidence[] {
  return Array.from({ length: count }, (_, i) => make(`m${from + i}`));
}

/** The detectors over one area, fed batch by batch; remembers every incident as it was last told. */
export class Watch {
  state: OutageState;
  readonly told = new Map<string, Outage>();
  readonly #topology: OutageTopology;

  constructor(topology: OutageTopology, stored: readonly Outage[] = []) {
    this.#topology = topology;
    this.state = restoreState(stored);
  }

  feed(...evidence: readonly Evidence[]): readonly Outage[] {
    const { state, changed } = applyEvidence(this.state, evidence, this.#topology, DEFAULT_OUTAGE_SETTINGS);
    this.state = state;
    for (const outage of changed) this.told.set(outage.id, outage);
    return changed;
  }

  get open(): Outage[] {
    return [...this.told.values()].filter((outage) => outage.restoredAt === null);
  }
}
