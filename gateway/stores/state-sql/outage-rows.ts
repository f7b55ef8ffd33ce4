import type { Outage, OutageHead, OutageMember, OutageNote } from '#contract/outage.ts';
import type { StateTables } from './tables.ts';

export function rowOf(outage: Outage): StateTables['outage'] {
  return {
    id: outage.id,
    kind: outage.kind,
    state: outage.state,
    node: outage.node,
    node_id: outage.nodeId,
    district: outage.district,
    feeder: outage.feeder,
    area: outage.area ?? '',
    phase: outage.phase,
    started_at: outage.startedAt,
    restored_at: outage.restoredAt,
    first_evidence_at: outage.firstEvidenceAt,
    detected_at: outage.detectedAt,
    confirmed_at: outage.confirmedAt,
    confidence: outage.confidence,
    customers: outage.customers,
    dark: outage.dark,
    parent: outage.parent,
    planned: outage.planned,
    overrun: outage.overrun ? 1 : 0,
    evidence_json: JSON.stringify(outage.evidence),
    revision: outage.revision,
  };
}

export function headOf(row: StateTables['outage'], areas: readonly string[]): OutageHead {
  return {
    id: row.id,
    kind: row.kind as Outage['kind'],
    state: row.state as Outage['state'],
    node: row.node as Outage['node'],
    nodeId: row.node_id,
    district: row.district,
    feeder: row.feeder,
    area: row.area === '' ? null : row.area,
    areas,
    phase: row.phase as Outage['phase'],
    startedAt: row.started_at,
    restoredAt: row.restored_at,
    firstEvidenceAt: row.first_evidence_at,
    detectedAt: row.detected_at,
    confirmedAt: row.confirmed_at,
    confidence: row.confidence as Outage['confidence'],
    customers: row.customers,
    dark: row.dark,
    parent: row.parent,
    planned: row.planned,
    overrun: row.overrun === 1,
    revision: row.revision,
  };
}

export function memberOf(row: StateTables['outage_meter']): OutageMember {
  return { meter: row.meter, from: row.from_at, to: row.to_at, told: row.told as OutageMember['told'] };
}

export function noteRow({ id, outage, at, by, kind, text, expectedAt }: OutageNote): StateTables['outage_note'] {
  return { id, outage, at, by_whom: by, kind, text, expected_at: expectedAt };
}

export function noteOf(row: StateTables['outage_note']): OutageNote {
  return {
    id: row.id,
    outage: row.outage,
    at: row.at,
    by: row.by_whom,
    kind: row.kind as OutageNote['kind'],
    text: row.text,
    expectedAt: row.expected_at,
  };
}
