import type { CentreEventType, NewCentreEvent } from '#contract/centre-event.ts';
import type { Outage, OutageHead } from '#contract/outage.ts';

/** What is told of an incident by `changes` of its event. */
export const OUTAGE_CHANGES = [
  'state',
  'kind',
  'node',
  'phase',
  'start',
  'end',
  'confidence',
  'customers',
  'areas',
  'parent',
  'planned',
  'overrun',
] as const;
export type OutageChange = (typeof OUTAGE_CHANGES)[number];

const READ: Readonly<Record<OutageChange, (head: OutageHead) => unknown>> = {
  state: ({ state }) => state,
  kind: ({ kind }) => kind,
  node: ({ node, nodeId }) => `${node} ${nodeId}`,
  phase: ({ phase }) => phase,
  start: ({ startedAt }) => startedAt,
  end: ({ restoredAt }) => restoredAt,
  confidence: ({ confidence }) => confidence,
  customers: ({ customers }) => customers,
  areas: ({ areas }) => areas.join(' '),
  parent: ({ parent }) => parent,
  planned: ({ planned }) => planned,
  overrun: ({ overrun }) => overrun,
};

/** In what an incident differs from what was known of it before. */
export function changesOf(before: OutageHead, now: OutageHead): OutageChange[] {
  return OUTAGE_CHANGES.filter((name) => READ[name](before) !== READ[name](now));
}

/**
 * What the outside is told when an incident is stored over what was stored of it before (null: nothing); null when it
 * need not know. One that is over when it is first heard of is told as restored, one that was none by then not at all.
 * `at` is the clock of the centre, UTC ms.
 */
export function eventOf(outage: Outage, before: OutageHead | null, at: number): NewCentreEvent | null {
  const changes = before ? changesOf(before, outage) : [];
  const type = before ? typeOfChange(outage, before, changes) : typeOfNew(outage);
  return type && { type, ...content(outage, type, at), data: dataOf(outage, changes) };
}

function typeOfNew({ state }: OutageHead): CentreEventType | null {
  if (state === 'unconfirmed') return 'outage.unconfirmed.v1';
  if (state === 'open') return 'outage.opened.v1';
  return state === 'restored' ? 'outage.restored.v1' : null;
}

function typeOfChange(
  { state }: OutageHead,
  before: OutageHead,
  changes: readonly OutageChange[],
): CentreEventType | null {
  if (state !== before.state) {
    if (state === 'restored') return 'outage.restored.v1';
    if (state === 'dismissed') return 'outage.dismissed.v1';
    // What was over and goes on was opened already.
    if (state === 'open' && before.state !== 'restored') return 'outage.opened.v1';
  }
  return changes.length > 0 ? 'outage.changed.v1' : null;
}

function content(
  outage: Outage,
  type: CentreEventType,
  now: number,
): Pick<NewCentreEvent, 'at' | 'district' | 'subject' | 'evidenceAt'> {
  const { id, district, firstEvidenceAt, startedAt, restoredAt } = outage;
  const begins = type === 'outage.opened.v1' || type === 'outage.unconfirmed.v1';
  const at = type === 'outage.restored.v1' ? (restoredAt ?? now) : begins ? startedAt : now;
  return { at, district, subject: id, evidenceAt: firstEvidenceAt };
}

function dataOf(outage: Outage, changes: readonly OutageChange[]): NewCentreEvent['data'] {
  const { kind, state, node, nodeId, area, feeder, phase, customers, dark, confidence, startedAt, restoredAt } = outage;
  const { parent, planned, overrun, revision } = outage;
  return {
    kind,
    state,
    node,
    nodeId,
    area,
    feeder,
    phase,
    customers,
    dark,
    confidence,
    startedAt: new Date(startedAt).toISOString(),
    restoredAt: restoredAt === null ? null : new Date(restoredAt).toISOString(),
    parent,
    planned,
    overrun,
    revision,
    changes,
  };
}
