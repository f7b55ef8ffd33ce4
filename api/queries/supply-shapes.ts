import type { Static } from 'typebox';
import type { ArrearsOrder } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Incident } from '#domain/triage/triage-types.ts';
import type { ArrearsShape } from '../schemas/outages.ts';
import type { ProbeShape } from '../schemas/supply.ts';
import { accountShape } from './account-shape.ts';
import { shown } from './collection.ts';
import type { SupplyStatus } from './supply.ts';

type Shape = Static<typeof ProbeShape>['supply'];

/** A verdict as it is answered: whom to heed first comes first. */
export function supplyShape({ meter, account, triage, sources, tookMs }: SupplyStatus, index: RegistryIndex): Shape {
  const { priority, verdict, confidence, hint, script, outage, planned, arrears, evidence, missing } = triage;
  const zone = index.registry.timeZone;
  return {
    priority: [...priority],
    verdict,
    confidence,
    hint,
    script,
    meter: meter.id,
    meterNo: meter.no,
    area: meter.area,
    account: accountShape(account),
    outage: outage && toldOutage(outage, index),
    planned: planned && {
      externalId: planned.externalId,
      from: shown(zone, planned.from) ?? '',
      to: shown(zone, planned.to) ?? '',
      text: planned.text,
    },
    arrears: arrears && arrearsShape(arrears, zone),
    evidence: evidence.map((item) => ({ ...item, at: shown(zone, item.at) })),
    missing: [...missing],
    sources,
    tookMs,
  };
}

function toldOutage(outage: Incident, index: RegistryIndex): NonNullable<Shape['outage']> {
  const { id, kind, state, node, nodeId, customers, notes } = outage;
  const zone = index.registry.timeZone;
  const { cause, expected, told } = notes;
  return {
    id,
    kind,
    state,
    node,
    nodeId,
    nodeName: nodeName(index, outage),
    cause: cause?.text ?? null,
    customers,
    startedAt: shown(zone, outage.startedAt) ?? '',
    expectedAt: shown(zone, expected?.expectedAt ?? null),
    expectedUpdatedAt: shown(zone, expected?.at ?? null),
    restoredAt: shown(zone, outage.restoredAt),
    told: told && { at: shown(zone, told.at) ?? '', expectedAt: shown(zone, told.expectedAt), text: told.text },
  };
}

/** Name of the place of an incident for people: that of its area where it lies below one; or null. */
export function nodeName(
  index: RegistryIndex,
  { node, nodeId, area }: Pick<Incident, 'node' | 'nodeId' | 'area'>,
): string | null {
  if (node === 'feeder') return index.feeder(nodeId)?.name ?? null;
  return area === null ? null : (index.area(area)?.name ?? null);
}

export function arrearsShape(order: ArrearsOrder, zone: string): Static<typeof ArrearsShape> {
  return {
    ...order,
    noticedAt: shown(zone, order.noticedAt),
    disconnectedAt: shown(zone, order.disconnectedAt),
    paidAt: shown(zone, order.paidAt),
    reconnectedAt: shown(zone, order.reconnectedAt),
    updatedAt: shown(zone, order.updatedAt) ?? '',
  };
}
