import { Type } from 'typebox';
import { MAX_JOB_METERS, MAX_JOB_TIMEOUT_S, MIN_JOB_TIMEOUT_S } from '#contract/job.ts';
import { QUANTITY_NAMES } from '#contract/quantities.ts';
import { TASK_KINDS } from '#contract/tasks.ts';
import { ReasonShape } from './collection.ts';
import { DateText, IdText, Instant, nullable, QuantityEnum, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const Kind = Type.Enum([...TASK_KINDS]);

/** What is to be read, from which meters. */
export const ReadsRequest = strict({
  meters: Type.Array(IdText, {
    minItems: 1,
    maxItems: MAX_JOB_METERS,
    description: 'Ids or numbers of meters; one that stands twice is read once',
  }),
  kind: Type.Optional(
    Type.Enum([...TASK_KINDS], { default: 'instant', description: 'instant: present values; else from the memory' }),
  ),
  items: Type.Optional(
    Type.Array(QuantityEnum, {
      minItems: 1,
      maxItems: QUANTITY_NAMES.length,
      description: 'Quantities; left out: what is useful for the kind. A meter without one of them leaves it out',
    }),
  ),
  /** For freezes, of a month freeze the first of the month; left out: the newest. */
  date: Type.Optional(DateText),
  /** For profile, the point of the curve; left out: the newest. */
  slot: Type.Optional(Instant),
  timeoutS: Type.Optional(
    Type.Integer({ minimum: MIN_JOB_TIMEOUT_S, maximum: MAX_JOB_TIMEOUT_S, default: 60, description: 'Seconds' }),
  ),
});

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7E]{1,128}$',
      description: 'A name that the client gives the request: repeating it with the same name makes no second job',
    }),
  ),
});

export const JobShape = strict({
  id: Type.String(),
  state: Type.Enum(['queued', 'running', 'done'], {
    description: 'done: every read has its ending; a late answer may still replace a reason',
  }),
  counts: strict(
    { queried: Count, responded: Count, failed: Count, pending: Count, rejected: Count },
    { description: 'queried = responded + failed + pending; what was rejected was not asked for' },
  ),
  task: nullable(Type.String({ description: 'Of a retry: the task whose slot is read again' })),
  estimateS: nullable(
    Type.Integer({ description: 'Of a retry: time of the slowest line if it had nothing else to do' }),
  ),
  rejected: Type.Array(strict({ meter: Type.String(), why: Type.String() }), {
    description: 'The first 100 meters of the scope that cannot be read again, and why',
  }),
  kind: Kind,
  items: Type.Array(QuantityEnum),
  slot: nullable(Instant),
  timeoutS: Type.Integer(),
  askedBy: Type.String({ description: 'Id of the API key' }),
  createdAt: Instant,
  deadlineAt: Instant,
  closedAt: nullable(Instant),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

/** One read of a job: values, or the reason why there are none. Energies in Wh, gauges in the unit of their name. */
export const JobResultShape = strict({
  meter: Type.String(),
  meterNo: nullable(Type.String()),
  area: nullable(Type.String()),
  state: Type.Enum(['open', 'answered', 'failed']),
  slot: nullable(Instant),
  meterTime: nullable(Instant),
  readAt: nullable(Instant),
  values: nullable(Type.Record(Type.String(), Type.Number())),
  reason: nullable(ReasonShape),
  detail: Type.String(),
});
