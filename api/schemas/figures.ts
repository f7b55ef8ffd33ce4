import { Type } from 'typebox';
import { SORT_KEYS } from '#domain/collection/column-figures.ts';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { DateText, IdText, Instant, nullable, ReasonCode, strict } from './common.ts';

export const Count = Type.Integer({ minimum: 0 });
export const Rate = nullable(
  Type.Number({
    description: 'Per cent, two decimals, rounded down: 100 means complete; null when nothing was expected',
  }),
);

/** Groups that the meters of an answer have to belong to; several have to hold together. */
export const SCOPE_PARAMETERS = {
  district: Type.Optional(IdText),
  feeder: Type.Optional(IdText),
  area: Type.Optional(IdText),
  concentrator: Type.Optional(IdText),
  collector: Type.Optional(IdText),
  line: Type.Optional(IdText),
  model: Type.Optional(IdText),
  protocol: Type.Optional(IdText),
  manufacturer: Type.Optional(IdText),
};

export const GroupBy = Type.Enum([...GROUPINGS]);

export const GroupSort = Type.Enum([...SORT_KEYS, ...SORT_KEYS.map((key) => `-${key}` as const)], {
  description: 'Order of the groups, with - descending; groups without a rate come last',
});

export const PlainFigures = {
  due: Count,
  excluded: strict({
    excluded_new: Count,
    excluded_stopped: Count,
    excluded_outage: Count,
    excluded_closed: Count,
    excluded_manual: Count,
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
  afterRetryRate: Rate,
  successRate: Rate,
};

/** Figures of one task and day, or of a range; for a task with many slots a day they count slots. */
export const FiguresShape = strict({
  ...PlainFigures,
  estimated: Type.Integer({ minimum: 0, description: 'Of the failed and open ones: those with an estimate (估算)' }),
  written: Type.Integer({ minimum: 0, description: 'Of the failed and open ones: those a person wrote a value for' }),
  missing: Type.Integer({
    minimum: 0,
    description: 'Expected, and there is no value of any kind, not even an estimate',
  }),
});

export const ComparisonShape = strict({
  date: DateText,
  successRate: Rate,
  change: nullable(Type.Number({ description: 'Percentage points, two decimals' })),
});

const Reported = nullable(
  strict(PlainFigures, {
    description:
      'As reported when the day was closed; null until then, and for a range. Meters that left the registry since are not in it.',
  }),
);
const Revisions = nullable(
  Type.Integer({ minimum: 0, description: 'Meters whose state is another one than the reported' }),
);
const Compared = nullable(ComparisonShape);

export const SummaryShape = strict({
  date: DateText,
  from: DateText,
  to: DateText,
  task: Type.String(),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  scope: Type.Record(Type.String(), Type.String()),
  total: FiguresShape,
  target: strict({
    successRate: Type.Number({ description: 'Per cent' }),
    met: nullable(Type.Boolean({ description: 'null when nothing was expected' })),
  }),
  comparison: Compared,
  reported: Reported,
  revisions: Revisions,
  closedAt: nullable(Instant),
  days: Type.Array(
    strict({
      date: DateText,
      figures: FiguresShape,
      met: nullable(Type.Boolean()),
      comparison: Compared,
      reported: Reported,
      revisions: Revisions,
      closedAt: nullable(Instant),
    }),
    { description: 'Of a range: every day of it' },
  ),
  groupBy: nullable(Type.String()),
  groups: Type.Array(
    strict({
      key: nullable(Type.String()),
      name: nullable(Type.String()),
      figures: FiguresShape,
      comparison: Compared,
      reported: Reported,
      revisions: Revisions,
    }),
  ),
  groupCount: Count,
  nextCursor: nullable(Type.String()),
  warnings: Type.Array(Type.String()),
});
