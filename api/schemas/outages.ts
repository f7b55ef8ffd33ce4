import { Type } from 'typebox';
import { FACT_SOURCES, NOTE_KINDS, OUTAGE_KINDS, OUTAGE_NODES, OUTAGE_STATES } from '#contract/outage.ts';
import { IdText, Instant, nullable, strict } from './common.ts';
import { AccountShape } from './meters.ts';

export const OutageShape = strict({
  id: Type.String(),
  kind: Type.Enum([...OUTAGE_KINDS]),
  state: Type.Enum([...OUTAGE_STATES], { description: 'unconfirmed: it may be one, and is being probed' }),
  node: Type.Enum([...OUTAGE_NODES]),
  nodeId: Type.String({ description: 'Of a box or branch: area/id' }),
  nodeName: nullable(Type.String()),
  district: nullable(Type.String()),
  feeder: nullable(Type.String()),
  area: nullable(Type.String({ description: 'null above areas' })),
  areas: Type.Array(Type.String()),
  phase: nullable(Type.String()),
  startedAt: Instant,
  restoredAt: nullable(Instant),
  firstEvidenceAt: Instant,
  detectedAt: Instant,
  confirmedAt: nullable(Instant),
  confidence: Type.Enum(['high', 'medium', 'low']),
  customers: Type.Integer({ minimum: 0, description: 'Customers’ meters in it, presumed ones included' }),
  dark: Type.Integer({ minimum: 0, description: 'Meters that told so themselves' }),
  priorityCustomers: Type.Integer({ minimum: 0, description: 'Of the customers: vulnerable, critical or large' }),
  cause: nullable(Type.String({ description: 'As dispatch entered it last' })),
  expectedAt: nullable(Instant),
  expectedUpdatedAt: nullable(Instant),
  parent: nullable(Type.String({ description: 'The restored incident inside which this one stayed dark' })),
  planned: nullable(Type.String({ description: 'External id of the planned outage that explains it' })),
  overrun: Type.Boolean({ description: 'It lasts longer than it was announced' }),
  revision: Type.Integer(),
});

export const NoteShape = strict({
  id: Type.String(),
  at: Instant,
  by: Type.String({ description: 'Id of the API key' }),
  kind: Type.Enum([...NOTE_KINDS]),
  text: Type.String(),
  expectedAt: nullable(Instant),
});

export const OutageDetailShape = strict({
  ...OutageShape.properties,
  nested: Type.Array(Type.String(), { description: 'Incidents that stayed dark inside it when it was restored' }),
  notes: Type.Array(NoteShape, { description: 'Oldest first' }),
  evidence: Type.Array(
    strict({
      fact: Type.String(),
      source: Type.Enum([...FACT_SOURCES]),
      id: Type.String(),
      at: Instant,
      detail: Type.String(),
    }),
  ),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

export const ServicePointShape = strict({
  meter: Type.String(),
  meterNo: nullable(Type.String()),
  area: nullable(Type.String()),
  account: nullable(AccountShape),
  priority: Type.String(),
  from: Instant,
  to: nullable(Instant),
  told: Type.Enum(['itself', 'presumed']),
});

export const NoteRequest = strict({
  kind: Type.Enum([...NOTE_KINDS]),
  text: Type.Optional(
    Type.String({
      maxLength: 500,
      description: 'cause: what the customer is told of it; told: to whom; remark: anything',
    }),
  ),
  expectedAt: Type.Optional(nullable(Instant)),
});

const ExternalId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.:-]+$' });
export const ExternalPath = strict({ externalId: ExternalId });
const Seq = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Grows with every change; what comes with an older one is refused',
});
const Names = Type.Optional(Type.Array(IdText, { maxItems: 10_000 }));

export const PlannedRequest = strict({
  seq: Seq,
  state: Type.Optional(Type.Enum(['announced', 'cancelled'], { default: 'announced' })),
  from: Instant,
  to: Instant,
  feeders: Names,
  areas: Names,
  meters: Type.Optional(
    Type.Array(IdText, { maxItems: 10_000, description: 'Ids or numbers of meters, for work below an area' }),
  ),
  text: Type.String({ maxLength: 500, description: 'Why, as the customer may be told' }),
});

export const PlannedShape = strict({
  externalId: Type.String(),
  seq: Type.Integer(),
  state: Type.Enum(['announced', 'cancelled']),
  from: Instant,
  to: Instant,
  feeders: Type.Array(Type.String()),
  areas: Type.Array(Type.String()),
  meters: Type.Array(Type.String()),
  text: Type.String(),
  updatedAt: Instant,
});

export const ARREARS = ['noticed', 'disconnected', 'paid', 'reconnected', 'cancelled'] as const;
const MaybeInstant = Type.Optional(nullable(Instant));

export const ArrearsRequest = strict({
  seq: Seq,
  account: IdText,
  state: Type.Enum([...ARREARS]),
  amount: Type.Optional(nullable(Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,2})?$', description: 'Yuan' }))),
  noticedAt: MaybeInstant,
  disconnectedAt: MaybeInstant,
  paidAt: MaybeInstant,
  reconnectedAt: MaybeInstant,
});

export const ArrearsShape = strict({
  externalId: Type.String(),
  seq: Type.Integer(),
  account: Type.String(),
  state: Type.Enum([...ARREARS]),
  amount: nullable(Type.String()),
  noticedAt: nullable(Instant),
  disconnectedAt: nullable(Instant),
  paidAt: nullable(Instant),
  reconnectedAt: nullable(Instant),
  updatedAt: Instant,
});
