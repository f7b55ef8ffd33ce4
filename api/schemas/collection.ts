import { Type } from 'typebox';
import { CAUSE_KINDS } from '#domain/collection/failures.ts';
import { BothLanguages, DateText, Instant, nullable, ReasonCode, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const Rate = nullable(
  Type.Number({
    description: 'Per cent, two decimals, rounded down: 100 means complete; null when nothing was expected',
  }),
);

/** Figures of one task and day; for a task with many slots a day they count slots. */
export const FiguresShape = strict({
  due: Count,
  excluded: strict({
    excluded_new: Count,
    excluded_stopped: Count,
    excluded_outage: Count,
    excluded_closed: Count,
  }),
  expected: Count,
  answeredFirst: Count,
  answeredRetry: Count,
  answeredLate: Count,
  suspect: Count,
  failed: Count,
  failedBy: Type.Array(strict({ reason: ReasonCode, count: Count })),
  open: Count,
  firstPassRate: Rate,
  successRate: Rate,
});

export const SummaryShape = strict({
  date: DateText,
  task: Type.String(),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  total: FiguresShape,
  groupBy: nullable(Type.String()),
  groups: Type.Array(strict({ key: nullable(Type.String()), name: nullable(Type.String()), figures: FiguresShape })),
  warnings: Type.Array(Type.String()),
});

export const ReasonShape = strict({
  code: ReasonCode,
  text: BothLanguages,
  likelyCause: BothLanguages,
  checks: strict({ zh: Type.Array(Type.String()), en: Type.Array(Type.String()) }),
});

/** A meter without a good value. */
export const FailureShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  area: Type.String(),
  line: Type.String(),
  slot: Instant,
  failedSlots: Count,
  reason: ReasonCode,
  detail: Type.String(),
  attempts: Count,
  lastBytes: Type.String(),
  at: nullable(Instant),
  final: Type.Boolean({ description: 'true when the slot will not be tried again' }),
  consecutiveDays: Count,
  since: DateText,
});

/** One thing to repair and how many meters are missing because of it. */
export const CauseShape = strict({
  kind: Type.Enum([...CAUSE_KINDS]),
  id: Type.String(),
  reason: ReasonShape,
  meters: Count,
  consecutiveDays: Count,
  rows: Type.Array(FailureShape),
});
