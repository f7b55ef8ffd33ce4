import { Type } from 'typebox';
import { CENTRE_EVENT_TYPES } from '#contract/centre-event.ts';
import { DELIVERY_STATES, DISABLED_WHY } from '#stores/webhook-store.ts';
import { IdText, Instant, listOf, nullable, strict } from './common.ts';
import { Position } from './events.ts';

const Name = Type.String({ minLength: 1, maxLength: 100 });
const Url = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'https://, public unless the settings allow more',
});
const Types = nullable(
  Type.Array(Type.Enum([...CENTRE_EVENT_TYPES]), {
    minItems: 1,
    maxItems: CENTRE_EVENT_TYPES.length,
    description: 'null: all but the steps of probes and changed verdicts, which have to be named',
  }),
);
const Districts = nullable(
  Type.Array(IdText, { minItems: 1, maxItems: 1000, description: 'Events of no district come all the same' }),
);
const PerMinute = Type.Integer({
  minimum: 2,
  maximum: 6000,
  description: 'Most requests a minute; what is more comes together, in an envelope of type meterway.events.batch.v1',
});
const Secret = Type.String({
  description: 'whsec_ and the key in base64; shown this once. It checks `webhook-signature` (Standard Webhooks)',
});

export const NewWebhook = strict({
  name: Name,
  url: Url,
  types: Type.Optional(Types),
  districts: Type.Optional(Districts),
  perMinute: Type.Optional(PerMinute),
});

export const ChangedWebhook = strict({
  name: Type.Optional(Name),
  url: Type.Optional(Url),
  types: Type.Optional(Types),
  districts: Type.Optional(Districts),
  perMinute: Type.Optional(PerMinute),
  enabled: Type.Optional(
    Type.Boolean({ description: 'false: nothing is sent until it is true again, then all of it' }),
  ),
});

const webhookFields = {
  id: Type.String(),
  name: Type.String(),
  url: Type.String(),
  types: Types,
  districts: Districts,
  perMinute: Type.Integer(),
  enabled: Type.Boolean(),
  disabledWhy: nullable(Type.Enum([...DISABLED_WHY], { description: 'gone: the address answered 410' })),
  previousSecretUntil: nullable(Instant),
  createdBy: Type.String({ description: 'Id of the API key' }),
  createdAt: Instant,
  position: Position,
};
export const WebhookShape = strict(webhookFields);
export const WebhookWithSecret = strict({ ...webhookFields, secret: Secret });
export const WebhookList = listOf(WebhookShape);

export const DeliveryShape = strict({
  id: Type.String({ description: 'The webhook-id of every attempt: the id of the event, or batch-…' }),
  positions: Type.Array(Position, { description: 'Positions of its events' }),
  state: Type.Enum([...DELIVERY_STATES]),
  createdAt: Instant,
  attempts: Type.Integer({ description: 'Since it was made, or was sent again' }),
  nextAttemptAt: nullable(Instant),
  lastAttemptAt: nullable(Instant),
  lastStatus: nullable(Type.Integer({ description: 'Of the answer, whose body is not kept' })),
  lastError: Type.String({ description: 'Why no answer came, such as timeout or address_refused' }),
});
export const DeliveryList = listOf(DeliveryShape);

export const RotateRequest = strict({
  overlapHours: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 720, default: 24, description: 'Both secrets sign so long' }),
  ),
});

export const ReplayRequest = strict({
  after: Type.Optional(Position),
  since: Type.Optional(Instant),
  dead: Type.Optional(
    Type.Union([Type.Literal('all'), Type.String({ maxLength: 64 })], {
      description: '`all` deliveries that were given up, or the one of this id',
    }),
  ),
});
export const ReplayShape = strict({
  deliveries: nullable(Type.Integer({ description: 'Deliveries that are sent again; null with after and since' })),
  after: nullable(Position),
  warnings: Type.Array(Type.String()),
});

export const TestShape = strict({
  delivered: Type.Boolean(),
  status: nullable(Type.Integer()),
  error: Type.String(),
  durationMs: Type.Integer(),
});
