import { meterModel } from '#contract/models.ts';
import type { Outage } from '#contract/outage.ts';
import { triage } from '#domain/triage/triage.ts';
import type { Observation, Triage, TriageInput } from '#domain/triage/triage-types.ts';
import type { Values } from '#domain/validation/gauges.ts';
import { account, at, meter, ZONE } from '../site.ts';

export const NOW = at('2026-11-20', '19:30');
export const MIN = 60_000;
export const NORMAL: Values = { voltage_a_v: 229.8, relay_open: 0, power_active_total_w: 412 };

export function seen(values: Values, minutesAgo = 3): Observation {
  return { at: NOW - minutesAgo * MIN, values };
}

export function outage(over: Partial<Outage> = {}): Outage {
  return {
    id: 'outage-a1-x',
    kind: 'outage',
    node: 'area',
    nodeId: 'a1',
    area: 'a1',
    phase: null,
    startedAt: NOW - 40 * MIN,
    restoredAt: null,
    detectedAt: NOW - 38 * MIN,
    confidence: 'high',
    meters: ['m1'],
    evidence: [],
    revision: 1,
    ...over,
  };
}

/** The verdict for meter m1 of account 1001 in area a1, with its line up, and whatever else is given. */
export function judge(over: Partial<TriageInput> = {}, modelId = 'dlt645-1ph'): Triage {
  const model = meterModel(modelId);
  if (!model) throw new Error(modelId);
  return triage({
    now: NOW,
    zone: ZONE,
    account: account('1001'),
    meter: meter('m1'),
    model,
    feeder: 'f1',
    outages: [],
    instant: null,
    profile: null,
    lastFailure: null,
    line: { state: 'up', at: NOW - MIN },
    collectorOnline: true,
    settings: { offShare: 0.6, onShare: 0.8 },
    ...over,
  });
}
