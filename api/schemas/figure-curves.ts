import { Type } from 'typebox';
import { BothLanguages, DateText, Instant, nullable, strict } from './common.ts';
import { Count, Rate } from './figures.ts';

const Stamped = { asOf: Instant, timeZone: Type.String(), simulated: Type.Boolean() };
const ScopeShape = Type.Record(Type.String(), Type.String());
const Warnings = Type.Array(Type.String());

export const ArrivalShape = strict({
  date: DateText,
  task: Type.String(),
  ...Stamped,
  scope: ScopeShape,
  expected: Count,
  points: Type.Array(
    strict({
      until: Instant,
      answered: nullable(Type.Integer({ minimum: 0, description: 'null while the quarter hour has not begun' })),
      rate: Rate,
      dayBefore: Rate,
      mean: Rate,
    }),
  ),
  meanDays: Type.Integer({
    minimum: 0,
    maximum: 7,
    description: 'Days in the mean: those of the 7 before that are kept',
  }),
  warnings: Warnings,
});

export const PointFiguresShape = strict({
  expected: Count,
  received: Type.Integer({ minimum: 0, description: 'The suspect ones included' }),
  suspect: Count,
  missing: Count,
  rate: Rate,
});

export const CompletenessShape = strict({
  from: DateText,
  to: DateText,
  task: Type.String(),
  ...Stamped,
  scope: ScopeShape,
  total: PointFiguresShape,
  days: Type.Array(
    strict({
      date: DateText,
      slots: Type.Integer({
        minimum: 0,
        description: 'Points of the whole day: 96, or 92 and 100 where the clock is changed',
      }),
      figures: PointFiguresShape,
    }),
  ),
  groupBy: nullable(Type.String()),
  groups: Type.Array(
    strict({ key: nullable(Type.String()), name: nullable(Type.String()), figures: PointFiguresShape }),
    { description: 'The worst first' },
  ),
  groupCount: Count,
  nextCursor: nullable(Type.String()),
  warnings: Warnings,
});

const CoverageFigures = strict({
  points: Count,
  covered: Count,
  coverageRate: Rate,
  withoutMeter: Count,
  terminals: Count,
  onlineNow: Count,
  onlineNowRate: Rate,
  onlineToday: nullable(Count),
  onlineTodayRate: Rate,
});

export const CoverageShape = strict({
  ...Stamped,
  scope: ScopeShape,
  definitions: strict({ coverageRate: BothLanguages, onlineNowRate: BothLanguages, onlineTodayRate: BothLanguages }),
  total: CoverageFigures,
  groupBy: nullable(Type.String()),
  groups: Type.Array(
    strict({ key: nullable(Type.String()), name: nullable(Type.String()), coverage: CoverageFigures }),
  ),
  groupCount: Count,
  nextCursor: nullable(Type.String()),
  warnings: Warnings,
});
