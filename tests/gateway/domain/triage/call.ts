import { meterModel } from '#contract/models.ts';
import { triage } from '#domain/triage/triage.ts';
import type { Incident, Observation, Triage, TriageInput } from '#domain/triage/triage-types.ts';
import type { Values } from '#domain/validation/gauges.ts';
import { outageOf } from '../../../support/outages.ts';
import { account, at, meter, ZONE } from '../site.ts';

export const NOW = at('2026-11-20', '19:30');
export const MIN = 60_000;
export const NORMAL: Values = { voltage_a_v: 229.8, relay_open: 0, power_active_total_w: 412 };

export function seen(values: Values, minutesAgo = 3): Observation {
  return { at: NOW - minutesAgo * MIN, values };
}

export const NO_NOTES = { cause: null, expected: null, told: null } as const;

/** An incident of area a1; the meters that told so themselves are named, all others below it are presumed. */
export function outage(over: Partial<Incident> & { readonly meters?: readonly string[] } = {}): Incident {
  const { meters = ['m1'], startedAt = NOW - 40 * MIN, ...rest } = over;
  const {
    members: _members,
    evidence: _evidence,
    ...head
  } = outageOf({
    id: 'outage-a1-x',
    area: 'a1',
    startedAt,
    detectedAt: startedAt + 2 * MIN,
    ...rest,
  });
  const told = meters.includes('m1') ? 'itself' : 'presumed';
  const member = { meter: 'm1', from: startedAt, to: rest.restoredAt ?? null, told } as const;
  return { ...head, member: rest.member === undefined ? member : rest.member, notes: rest.notes ?? NO_NOTES };
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
    place: { feeder: 'f1', line: 'l1', concentrator: 'k1', collector: 'c1' },
    incidents: [],
    planned: [],
    orders: [],
    instant: null,
    profile: null,
    probe: null,
    neighbours: null,
    lastFailure: null,
    line: { state: 'up', at: NOW - MIN },
    collectorOnline: true,
    settings: { offShare: 0.6, onShare: 0.8 },
    ...over,
  });
}
