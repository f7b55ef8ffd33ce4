import { Type } from 'typebox';
import { CAUSE_KINDS, CONFIDENCES, SHOWN_STATES } from '#domain/collection/causes.ts';
import { SCOPE_KINDS } from '#domain/collection/exclusions.ts';
import { CASE_STATES } from '#stores/collection-stores.ts';
import { ReasonShape } from './collection.ts';
import { BothLanguages, DateText, IdText, Instant, nullable, ReasonCode, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });

export const CaseId = Type.String({
  minLength: 1,
  maxLength: 160,
  description: '`<task> <kind> <id>`, such as `freeze-day concentrator J-0417`; URL-encoded in a path',
});

/** How the last attempt ended, out of the ledger. */
const AttemptFields = {
  detail: Type.String(),
  attempts: Count,
  lastBytes: Type.String({ description: 'Hexadecimal; empty if nothing arrived' }),
  at: nullable(Instant),
};

/** A meter without a good value. */
export const FailureShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  area: Type.String(),
  line: Type.String(),
  caseId: Type.String({ description: 'The cause under which the meter stands' }),
  slot: Instant,
  failedSlots: Count,
  reason: ReasonCode,
  ...AttemptFields,
  final: Type.Boolean({ description: 'true when the slot will not be tried again' }),
  consecutiveDays: Count,
  since: DateText,
  lastGood: nullable(DateText),
});

export const NoteShape = strict({
  caseId: Type.String(),
  state: Type.Enum([...CASE_STATES]),
  note: Type.String(),
  assignee: nullable(Type.String()),
  by: Type.String({ description: 'Id of the API key' }),
  at: Instant,
  revision: Type.Integer({ description: 'Its ETag, in quotes, is what If-Match has to say' }),
});

/** One thing to repair and how many meters are missing because of it. */
export const CauseShape = strict({
  caseId: Type.String(),
  kind: Type.Enum([...CAUSE_KINDS]),
  id: Type.String(),
  name: nullable(Type.String({ description: 'Number on the plate of a meter; null for other kinds' })),
  confidence: Type.Enum([...CONFIDENCES], {
    description:
      'high: reported, or proved by the meter; medium: nine in ten behind it are silent; low: a silent meter',
  }),
  state: Type.Enum([...SHOWN_STATES]),
  reason: ReasonShape,
  reasons: Type.Array(strict({ reason: ReasonCode, count: Count })),
  firstCause: ReasonShape,
  nextStep: BothLanguages,
  meters: Count,
  expected: Type.Integer({ minimum: 0, description: 'Meters owed behind it, the good ones included' }),
  consecutiveDays: Count,
  consecutiveDaysMin: Count,
  since: DateText,
  lastGood: nullable(
    Type.String({ description: 'Newest date with a good value, within the days that runs are counted' }),
  ),
  ...AttemptFields,
  note: nullable(NoteShape),
  revision: Type.Integer({ description: 'Of the note; 0 when there is none yet' }),
  rows: Type.Array(FailureShape, { description: 'The first 10 of its meters that match; all: …/{caseId}/meters' }),
});

export const CaseShape = strict({
  caseId: Type.String(),
  date: DateText,
  cause: nullable(CauseShape),
  note: nullable(NoteShape),
  revision: Type.Integer(),
});

export const CaseRequest = strict({
  state: Type.Enum([...CASE_STATES]),
  note: Type.Optional(Type.String({ maxLength: 500, description: 'Needed for excluded: the reason' })),
  assignee: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 64 }))),
});

export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 40, description: 'The ETag that was read; "0" for a first note' }),
  ),
});

export const ExclusionRequest = strict({
  scope: strict({ kind: Type.Enum([...SCOPE_KINDS]), id: IdText }),
  from: DateText,
  to: nullable(DateText),
  reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
});

export const ExclusionShape = strict({
  id: Type.String(),
  scope: strict({ kind: Type.Enum([...SCOPE_KINDS]), id: Type.String() }),
  from: DateText,
  to: nullable(Type.String()),
  reason: Type.String(),
  by: Type.String({ description: 'Id of the API key' }),
  at: Instant,
  endedAt: nullable(Instant),
  endedBy: nullable(Type.String()),
});
