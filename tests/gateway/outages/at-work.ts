import type { Batch } from '#contract/envelope.ts';
import type { Outage } from '#contract/outage.ts';
import type { Registry } from '#contract/registry.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { Metrics } from '#platform/metrics.ts';
import type { OutageStore } from '#stores/outage-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { Judge, type Judged } from '../../../gateway/ingest/judge.ts';
import { observeOutages } from '../../../gateway/outages/outage-metrics.ts';
import { OutageWatch } from '../../../gateway/outages/outage-watch.ts';
import type { ProbeLimits } from '../../../gateway/outages/prober.ts';
import { envelope, NOW, SLOT } from '../../support/centre.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { installation, meter, registry } from '../domain/site.ts';

export const MIN = 60_000;
export const CUSTOMERS = Array.from({ length: 30 }, (_, i) => `m${i}`);
export const AREA: Registry = registry({
  meters: [meter('s', { role: 'supply', model: 'dlt645-3ph' }), ...CUSTOMERS.map((id) => meter(id))],
  installations: ['s', ...CUSTOMERS].map((id) => installation(id)),
});

/** An incident of area a1 that began at SLOT; open, unless told otherwise. */
export function outage(over: Partial<Outage> = {}): Outage {
  const { customers = 2, startedAt = SLOT } = over;
  return {
    id: 'outage-a1-1',
    kind: 'outage',
    state: 'open',
    node: 'area',
    nodeId: 'a1',
    district: 'd1',
    feeder: 'f1',
    area: 'a1',
    areas: ['a1'],
    phase: null,
    startedAt,
    restoredAt: null,
    firstEvidenceAt: startedAt + MIN,
    detectedAt: startedAt + 2 * MIN,
    confirmedAt: startedAt + 2 * MIN,
    confidence: 'high',
    customers,
    dark: customers,
    parent: null,
    planned: null,
    overrun: false,
    revision: 1,
    members: CUSTOMERS.slice(0, customers).map((id) => ({ meter: id, from: startedAt, to: null, told: 'itself' })),
    evidence: [{ fact: 'power_down', source: 'meter', id: 'm0', at: startedAt, detail: '' }],
    ...over,
  };
}

/** What the ingest hands to the watch for batches of c1. */
export function judged(registered: Registry, ...batches: Batch[]): Judged {
  const arrival = arrivalOf('d1', 'c1', Buffer.from(envelope(1, batches)));
  return new Judge(new RegistryIndex(registered), []).judge([arrival], NOW + 15 * MIN);
}

export const NOTHING_JUDGED: Judged = judged(AREA);

/** A clock on which work takes time, too. */
class WorkingClock extends ManualClock {
  workedMs = 0;

  override mono(): number {
    return super.mono() + this.workedMs;
  }
}

interface Over {
  readonly registered?: Registry;
  readonly engine?: ScriptedEngine;
  readonly store?: OutageStore;
  readonly probes?: ProbeLimits;
  readonly now?: number;
}

/** A watch with an engine that does as it is told, over a store. */
export async function watchOver(state: StateStore, over: Over = {}) {
  const { registered = AREA, engine = new ScriptedEngine(), store = state.outages, probes = null, now = NOW } = over;
  const clock = new WorkingClock(now);
  const logger = quietLogger();
  const metrics = new Metrics({ process: 'test', runtime: false });
  const watch = await OutageWatch.open(
    {
      store,
      orders: state.orders,
      jobs: state.jobs,
      readings: { ofSlot: async () => [] },
      settings: DEFAULT_OUTAGE_SETTINGS,
      probes,
      registry: new RegistryIndex(registered),
      clock,
      logger,
    },
    engine.make,
    (made) => observeOutages(metrics, made),
  );
  return { watch, engine, clock, logger, metrics };
}

/** Types of the events of the store with what they are about, oldest first. */
export async function told(state: StateStore): Promise<string[]> {
  const events = await state.events.after(0, 1000);
  return events.map(({ type, subject }) => `${type} ${subject}`);
}
