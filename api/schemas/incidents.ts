import { Type } from 'typebox';
import { ANOMALY_RULES } from '#contract/anomaly.ts';
import { OUTAGE_KINDS, OUTAGE_NODES } from '#contract/outage.ts';
import { Instant, nullable, strict } from './common.ts';

const Place = Type.String();

export const OutageShape = strict({
  id: Type.String(),
  kind: Type.Enum([...OUTAGE_KINDS]),
  state: Type.Enum(['open', 'restored']),
  node: Type.Enum([...OUTAGE_NODES]),
  nodeId: Place,
  nodeName: nullable(Type.String()),
  area: Place,
  phase: nullable(Type.String()),
  startedAt: Instant,
  restoredAt: nullable(Instant),
  detectedAt: Instant,
  confidence: Type.Enum(['high', 'medium']),
  customers: Type.Integer({ description: 'Customer meters known to be affected' }),
  priorityCustomers: Type.Integer({ description: 'Of them: vulnerable, critical or large' }),
  revision: Type.Integer(),
});

export const OutageDetailShape = strict({
  ...OutageShape.properties,
  meters: Type.Array(Type.String()),
  evidence: Type.Array(strict({ fact: Type.String(), meter: Type.String(), at: Instant, detail: Type.String() })),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

export const AnomalyShape = strict({
  id: Type.String(),
  rule: Type.Enum([...ANOMALY_RULES]),
  state: Type.Enum(['open', 'closed']),
  meter: Type.String(),
  area: nullable(Type.String()),
  openedAt: Instant,
  closedAt: nullable(Instant),
  from: Instant,
  to: Instant,
  facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
});
