import type { Outage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import type { Kept } from '#domain/outages/engine-types.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { OutageEngine } from '#domain/outages/outage-engine.ts';
import { packTopology } from '#domain/outages/pack-topology.ts';
import { DEFAULT_OUTAGE_SETTINGS, type OutageSettings } from '#domain/outages/settings.ts';
import type { OutageTopology, TopologyMeter } from '#domain/outages/topology.ts';

export const T0 = Date.UTC(2026, 10, 20, 2);
export const SEC = 1000;
export const MIN = 60_000;
export const HOUR = 60 * MIN;

export function meterAt(id: string, over: Partial<TopologyMeter> = {}): TopologyMeter {
  return {
    id,
    feeder: 'f1',
    area: 'a1',
    role: 'customer',
    phases: 1,
    phase: null,
    line: 'l1',
    concentrator: 'c1',
    collector: 'k1',
    idle: false,
    from: 0,
    to: null,
    ...over,
  };
}

export interface Shape {
  readonly feeder?: string;
  readonly branches?: number;
  readonly boxes?: number;
  readonly meters?: number;
  readonly supply?: boolean;
  readonly phases?: boolean;
  /** Registry with boxes and branches? */
  readonly boxed?: boolean;
}

const PHASES: readonly Phase[] = ['a', 'b', 'c'];

/** Area `a`: supply meter `a-s`, customers `a-<branch><box><meter>` such as `a1-000`, by default 2 × 3 × 4 of them. */
export function areaMeters(area: string, shape: Shape = {}): TopologyMeter[] {
  const { feeder = 'f1', branches = 2, boxes = 3, meters = 4, supply = true, phases = false, boxed = true } = shape;
  const own = { area, feeder, line: `l-${area}`, concentrator: `c-${area}` };
  const all: TopologyMeter[] = supply ? [meterAt(`${area}-s`, { ...own, role: 'supply', phases: 3 })] : [];
  for (let number = 0; number < branches * boxes * meters; number++) {
    const branch = Math.floor(number / meters / boxes);
    const box = Math.floor(number / meters) % boxes;
    const meter = number % meters;
    const place = boxed ? { branch: `B${branch}`, box: `X${branch}${box}` } : {};
    const phase = phases ? (PHASES[meter % 3] ?? null) : null;
    all.push(meterAt(`${area}-${branch}${box}${meter}`, { ...own, ...place, phase }));
  }
  return all;
}

const item = (fact: 'voltage_off' | 'on_battery' | 'answered' | 'silent' | 'power_up') => {
  return (meter: string, at: number): Evidence => ({ fact, meter, at, seenAt: at });
};
export const off = item('voltage_off');
export const battery = item('on_battery');
export const answered = item('answered');
export const silent = item('silent');
export const up = item('power_up');

export function on(meter: string, at: number, missing: readonly Phase[] = [], seenAt = at): Evidence {
  return { fact: 'voltage_on', meter, at, seenAt, present: PHASES.filter((p) => !missing.includes(p)), missing };
}

export function down(meter: string, start: number, end: number | null = null, seenAt = end ?? start): Evidence {
  return { fact: 'power_down', meter, at: start, end, seenAt };
}

export function terminalDown(concentrator: string, at: number, end: number | null = null): Evidence {
  return { fact: 'terminal_down', concentrator, at, end, seenAt: end ?? at };
}

export function way(
  fact: 'way_down' | 'way_up',
  kind: 'line' | 'concentrator' | 'collector',
  id: string,
  at: number,
): Evidence {
  return { fact, way: kind, id, at, seenAt: at };
}

/** An engine, and every incident as it was last told. */
export class Watch {
  engine: OutageEngine;
  readonly told = new Map<string, Outage>();
  readonly supply = new Map<string, string>();
  readonly topology: OutageTopology;
  readonly #settings: OutageSettings;
  readonly meters: readonly string[];

  constructor(meters: readonly TopologyMeter[], settings: Partial<OutageSettings> = {}, kept?: Kept) {
    this.topology = packTopology(meters, new Map([['f1', 'd1']]));
    this.#settings = { ...DEFAULT_OUTAGE_SETTINGS, ...settings };
    this.engine = new OutageEngine(this.topology, this.#settings, kept);
    this.meters = meters.map(({ id }) => id);
  }

  /** Takes evidence and settles at the newest of its times, or at `now`. */
  feed(evidence: readonly Evidence[], now = Math.max(...evidence.map(({ seenAt }) => seenAt))): readonly Outage[] {
    this.engine.take(evidence);
    return this.settle(now);
  }

  settle(now: number): readonly Outage[] {
    const { changed, supply, forgotten } = this.engine.settle(now);
    for (const outage of changed) this.told.set(outage.id, outage);
    for (const { meter, text } of supply) this.supply.set(meter, text);
    for (const meter of forgotten) this.supply.delete(meter);
    return changed;
  }

  /** Goes on in another process, with what was stored. */
  restart(): void {
    const supply = [...this.supply].map(([meter, text]) => ({ meter, text }));
    this.engine = new OutageEngine(this.topology, this.#settings, { supply, outages: [...this.told.values()] });
  }

  under(prefix: string): string[] {
    return this.meters.filter((meter) => meter.startsWith(prefix) && !meter.endsWith('-s'));
  }

  in(...states: Outage['state'][]): Outage[] {
    return [...this.told.values()]
      .filter(({ state }) => states.includes(state))
      .sort((a, b) => (a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : a.startedAt - b.startedAt));
  }

  get open(): Outage[] {
    return this.in('open');
  }
}

/** What of an incident must not depend on the order of evidence. */
export function essence({ kind, state, node, nodeId, phase, startedAt, restoredAt, members }: Outage): unknown {
  const times = members.map(({ meter, from, to, told }) => [meter, from, to, told]);
  return { kind, state, node, nodeId, phase, startedAt, restoredAt, times };
}
