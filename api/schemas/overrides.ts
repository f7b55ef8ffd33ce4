import { Type } from 'typebox';
import { QUALITIES } from '#contract/quality.ts';
import { QUANTITIES, type QuantityName } from '#contract/quantities.ts';
import { BATCH_STATES } from '#stores/batch-store.ts';
import { REVISION_KINDS } from '#stores/revision-store.ts';
import { DateText, IdText, Instant, nullable, strict } from './common.ts';

const Values = Type.Record(Type.String(), Type.Number());

/** A quality with its names and its code of IEC 61968-9. */
export const QualityShape = strict({
  code: Type.Enum([...QUALITIES]),
  zh: Type.String(),
  en: Type.String(),
  cim: nullable(Type.String({ description: 'IEC 61968-9 reading quality: system.category.index' })),
});

export const RevisionShape = strict({
  revision: Type.Integer(),
  kind: Type.Enum([...REVISION_KINDS]),
  method: nullable(Type.String()),
  values: nullable(Values),
  reason: Type.String(),
  by: Type.String({ description: 'Id of the API key, or estimation' }),
  at: Instant,
});

/** A reading with everything that was ever said of it. */
export const RevisedReadingShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  task: Type.String(),
  slot: Instant,
  businessDate: DateText,
  counts: strict({
    values: nullable(Values),
    quality: QualityShape,
    revision: Type.Integer({ description: '0 = the value of the meter itself' }),
    method: nullable(Type.String()),
  }),
  raw: nullable(
    strict({
      values: Values,
      quality: QualityShape,
      rules: Type.Array(Type.String()),
      meterTime: nullable(Instant),
      readAt: Instant,
    }),
  ),
  revisions: Type.Array(RevisionShape, { description: 'Oldest first' }),
  batches: Type.Array(strict({ id: Type.String(), state: Type.Enum([...BATCH_STATES]) }), {
    description: 'Billing batches that the reading is part of',
  }),
  warnings: Type.Array(strict({ rule: Type.String(), zh: Type.String(), en: Type.String(), detail: Type.String() })),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

export const SlotPath = strict({
  id: IdText,
  slot: Type.String({
    minLength: 1,
    maxLength: 40,
    description: 'RFC 3339 instant with offset, or the business date of a task with one slot a day',
  }),
});

export const SlotQuery = strict({ task: Type.Optional(Type.String({ maxLength: 64, default: 'freeze-day' })) });

const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why, in words; kept with the revision' });
const IsCorrection = Type.Optional(
  Type.Boolean({ description: 'true changes a reading that is part of an acknowledged billing batch' }),
);

const counters = QUANTITIES.filter(({ kind }) => kind === 'counter').map(({ name }) => name);
const Register = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const OverrideRequest = strict({
  values: Type.Unsafe<Partial<Record<QuantityName, number>>>(
    strict(Object.fromEntries(counters.map((name) => [name, Type.Optional(Register)])), {
      minProperties: 1,
      description: 'Registers as the meter shows them, whole Wh or varh, by quantity',
    }),
  ),
  kind: Type.Enum(['edited', 'manual'], { description: 'Corrected by a person, or read by a person (人工抄表)' }),
  reason: Reason,
  correction: IsCorrection,
});

export const UndoRequest = strict({ reason: Reason, correction: IsCorrection });
