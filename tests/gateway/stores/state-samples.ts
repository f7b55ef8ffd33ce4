import type { Anomaly } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { ArrearsOrder, Outage, OutageNote, PlannedOutage } from '#contract/outage.ts';
import type { Registry } from '#contract/registry.ts';
import type { CollectorStatus } from '#contract/status.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import type { LedgerCommit, StoredOutcome } from '#stores/state-store.ts';

export const AT = Date.UTC(2026, 10, 20, 16);
const timing = { replyTimeoutMs: 1500, byteGapMs: 100, pauseMs: 30, quietMs: 200 };

/** A small district with one of everything; each list in the order of its keys. */
export function registry(changes: Partial<Registry> = {}): Registry {
  return {
    name: '城南供电所 "South" \\ 1',
    timeZone: 'Asia/Shanghai',
    districts: [{ id: 'D1', name: '城南 🏙' }],
    feeders: [{ id: '10kV-1', name: "feeder '1'; --", district: 'D1' }],
    areas: [
      { id: 'A1', name: '1 号台区', feeder: '10kV-1', kva: 315 },
      { id: 'a1', name: '2 号台区', feeder: '10kV-1', kva: 0.5 },
    ],
    collectors: [{ id: 'c1', district: 'D1' }],
    lines: [
      {
        id: 'bus',
        collector: 'c1',
        protocol: 'dlt645',
        link: { serial: { path: '/dev/ttyS0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } },
        concentrator: null,
        timing,
      },
      {
        id: 'dial',
        collector: 'c1',
        protocol: 'dlt645',
        link: { dialIn: { port: 8001, terminal: '02001234' } },
        forward: { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' },
        concentrator: 'con-2',
        timing,
      },
      {
        id: 'gate',
        collector: 'c1',
        protocol: 'modbus-tcp',
        link: { tcp: { host: '10.0.0.7', port: 502 } },
        concentrator: 'con-1',
        timing: { ...timing, pauseMs: 0 },
      },
    ],
    accounts: [
      { no: '0001', name: '王 五', address: '', category: 'resident', priority: 'vulnerable', status: 'active' },
      { no: '1', name: 'Lí', address: '5/2', category: 'generator', priority: 'normal', status: 'disconnected' },
    ],
    meters: [
      meter('000000000001', { area: 'A1', role: 'supply', ct: 40, pt: 1.5, collectedFrom: AT }),
      meter('1', { line: 'gate', model: 'sdm630', address: '17', phase: 'c', area: 'a1', collectedFrom: AT + 1 }),
    ],
    installations: [
      { meter: '000000000001', account: null, from: AT - 9, to: AT, startWh: null, endWh: 1e12 },
      { meter: '000000000001', account: '0001', from: AT, to: null, startWh: 999_999_990, endWh: null },
      { meter: '1', account: '1', from: 0, to: null, startWh: 0, endWh: null },
    ],
    tasks: [...DEFAULT_TASKS].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ...changes,
  };
}

export function meter(id: string, fields: Partial<Registry['meters'][number]> = {}): Registry['meters'][number] {
  return {
    id,
    no: `No-${id}`,
    model: 'dlt645-1ph',
    line: 'bus',
    address: id,
    area: 'A1',
    role: 'customer',
    phase: null,
    ct: 1,
    pt: 1,
    collectedFrom: AT,
    ...fields,
  };
}

export function commit(changes: Partial<LedgerCommit>): LedgerCommit {
  return { outcomes: [], events: [], quarantine: [], baselines: [], marks: [], ...changes };
}

export function outcome(fields: Partial<StoredOutcome> = {}): StoredOutcome {
  return {
    task: 'profile',
    meter: 'm1',
    slot: AT,
    at: AT + 60_000,
    reason: 'no_answer',
    detail: '',
    attempts: 1,
    lastBytes: '',
    final: false,
    ...fields,
  };
}

export function status(fields: Partial<CollectorStatus> = {}): CollectorStatus {
  return {
    v: 1,
    online: true,
    instance: 'i1',
    startedAt: AT,
    host: '采集机',
    at: AT,
    epoch: 'e1',
    version: '0.1.0',
    planVersion: null,
    spool: { rows: 1, bytes: 2, oldestAt: null, lastSeq: 3 },
    ledger: { due: 4, answered: 3, failed: 1, open: 0 },
    lines: [],
    ...fields,
  };
}

export function outage(id: string, fields: Partial<Outage> = {}): Outage {
  return {
    id,
    kind: 'outage',
    state: 'open',
    node: 'area',
    nodeId: 'A1',
    district: 'D1',
    feeder: '10kV-1',
    area: 'A1',
    areas: ['A1'],
    phase: null,
    startedAt: AT,
    restoredAt: null,
    firstEvidenceAt: AT + 500,
    detectedAt: AT + 1000,
    confirmedAt: AT + 1000,
    confidence: 'high',
    customers: 2,
    dark: 1,
    parent: null,
    planned: null,
    overrun: false,
    members: [
      { meter: 'm1', from: AT, to: AT + 7, told: 'presumed' },
      { meter: 'm2', from: AT - 1, to: null, told: 'itself' },
    ],
    evidence: [{ fact: 'on_battery', source: 'meter', id: 'm2', at: AT, detail: '电池 "供电"' }],
    revision: 1,
    ...fields,
  };
}

export function note(id: string, fields: Partial<OutageNote> = {}): OutageNote {
  return { id, outage: 'o1', at: AT, by: 'k1', kind: 'remark', text: '电缆 "损坏"', expectedAt: null, ...fields };
}

export function plannedOutage(externalId: string, fields: Partial<PlannedOutage> = {}): PlannedOutage {
  return {
    externalId,
    seq: 1,
    state: 'announced',
    from: AT,
    to: AT + 3_600_000,
    feeders: ['10kV-1'],
    areas: [],
    meters: [],
    text: '检修 "线路"',
    updatedAt: AT,
    ...fields,
  };
}

export function arrearsOrder(externalId: string, fields: Partial<ArrearsOrder> = {}): ArrearsOrder {
  return {
    externalId,
    seq: 1,
    account: '0001',
    state: 'noticed',
    amount: '123.40',
    noticedAt: AT,
    disconnectedAt: null,
    paidAt: null,
    reconnectedAt: null,
    updatedAt: AT,
    ...fields,
  };
}

export function centreEvent(fields: Partial<NewCentreEvent> = {}): NewCentreEvent {
  return {
    type: 'outage.opened.v1',
    at: AT,
    district: 'D1',
    subject: 'o1',
    evidenceAt: AT - 5,
    data: { node: 'area', customers: 2, areas: ['A1'], overrun: false, phase: null },
    ...fields,
  };
}

export function anomaly(id: string, fields: Partial<Anomaly> = {}): Anomaly {
  return {
    id,
    rule: 'stopped_meter',
    meter: 'm1',
    area: 'A1',
    district: 'D1',
    level: 1,
    openedAt: AT,
    closedAt: null,
    from: AT - 86_400_000,
    to: AT,
    score: null,
    facts: { currentA: 4.25, energyWh: 1e12, 说明: '停走' },
    ...fields,
  };
}
