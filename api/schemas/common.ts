import { type TProperties, type TSchema, Type } from 'typebox';
import { QUANTITY_NAMES } from '#contract/quantities.ts';
import { REASONS } from '#contract/reasons.ts';

/** An object that has exactly these properties. */
export function strict<P extends TProperties>(properties: P, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

export const DateText = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  description: 'Business date in the time zone of the site',
});

/** RFC 3339 with offset. */
export const Instant = Type.String({ format: 'date-time', description: 'RFC 3339 instant with offset' });

export const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100 });

export const Cursor = Type.String({ maxLength: 512, description: 'nextCursor of the page before' });

export const IdText = Type.String({ minLength: 1, maxLength: 64 });

export const TaskId = Type.String({
  default: 'freeze-day',
  maxLength: 64,
  description: 'Task id, such as freeze-day or profile',
});

export const BothLanguages = strict({ zh: Type.String(), en: Type.String() });

export const ReasonCode = Type.Enum([...REASONS]);
export const QuantityEnum = Type.Enum([...QUANTITY_NAMES]);

/** What every list says beside its items. */
export function listOf<S extends TSchema>(item: S, extra: TProperties = {}) {
  return strict({
    items: Type.Array(item),
    nextCursor: nullable(Type.String()),
    asOf: Instant,
    timeZone: Type.String(),
    simulated: Type.Boolean({ description: 'true when the meters are simulated' }),
    warnings: Type.Array(Type.String()),
    ...extra,
  });
}

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    requestId: Type.String(),
    errors: Type.Optional(Type.Array(strict({ pointer: Type.String(), detail: Type.String() }))),
  },
  { description: 'RFC 9457 problem details; code is stable' },
);
