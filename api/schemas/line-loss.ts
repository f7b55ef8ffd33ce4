import { Type } from 'typebox';
import { QUALITIES } from '#contract/quality.ts';
import { AREA_STATUSES, METER_ROLES } from '#contract/registry.ts';
import { AREA_WHYS } from '#domain/line-loss/area-day.ts';
import { LOSS_STATES, LOSS_WHYS } from '#domain/line-loss/loss.ts';
import { LOSS_CHECKS } from '#domain/line-loss/loss-checks.ts';
import { MISSING_WHYS } from '#domain/line-loss/member-day.ts';
import { DateText, Instant, nullable, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const Wh = nullable(Type.Integer());
const Percent = nullable(Type.Number({ description: 'Per cent, two decimals' }));
const Why = nullable(Type.Enum([...AREA_WHYS, ...LOSS_WHYS]));

export const LossStateEnum = Type.Enum([...LOSS_STATES]);

export const PeriodText = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$', description: 'Month such as 2026-10' });

/** Names the days whose loss is traced: a date, a month, or from `start` to before `end`. */
export const LossDaysQuery = strict({
  date: Type.Optional(DateText),
  period: Type.Optional(PeriodText),
  start: Type.Optional(DateText),
  end: Type.Optional(DateText),
});

/** Sums are those of the computable days and no others; null when there is none. */
const SUMS = {
  state: LossStateEnum,
  why: Why,
  suppliedWh: Wh,
  soldWh: Wh,
  lostWh: Wh,
  rate: Type.Union([Type.Number(), Type.Null()], {
    description: 'lostWh ÷ suppliedWh, per cent, rounded half away from zero',
  }),
  generationWh: Wh,
  lowerBoundSold: Type.Boolean({
    description: 'true when customers without an energy are in it: soldWh is a lower bound, lostWh an upper one',
  }),
  estimatedWh: Wh,
  estimatedShare: Type.Union([Type.Number(), Type.Null()], {
    description: 'Part of soldWh that rests on estimated registers, per cent',
  }),
  days: Count,
  computableDays: Count,
  notIn: Type.Record(Type.String(), Count, { description: 'Area days that are not in the sums, by reason' }),
  customers: Type.Integer({ minimum: 0, description: 'Customer days that owe an energy: read + estimated + missing' }),
  read: Count,
  estimated: Count,
  missing: Count,
  successRate: Percent,
  coverage: Percent,
  exchanged: Count,
  zeroUse: Count,
} as const;

export const LossSumShape = strict(SUMS);

/** What the registers of one day say, whether or not a loss can be computed of it. */
export const LossDayShape = strict({
  date: DateText,
  state: LossStateEnum,
  why: Why,
  suppliedWh: Wh,
  soldWh: Wh,
  lostWh: Wh,
  rate: Percent,
  lowerBoundSold: Type.Boolean(),
  estimatedShare: Percent,
  known: strict(
    { gridWh: Wh, generationWh: Count, soldWh: Type.Integer(), estimatedWh: Type.Integer() },
    { description: 'Energies that are known, also where no loss can be told; not to be subtracted from each other' },
  ),
  customers: Count,
  read: Count,
  estimated: Count,
  missing: Count,
  missingMeters: Type.Array(strict({ meter: Type.String(), why: Type.Enum([...MISSING_WHYS]) }), {
    description: 'The first of them by meter id',
  }),
  closed: Count,
  exchanged: Count,
  zeroUse: Count,
  generators: Count,
  exporting: Count,
  supplyMeters: Count,
  moved: Count,
  topologyVersion: Type.String(),
  source: Type.Enum(['kept', 'readings'], { description: 'kept with the figures, or worked out of the readings now' }),
  trace: Type.String(),
});

const PLACE = {
  name: Type.String(),
  feeder: Type.String(),
  district: nullable(Type.String()),
} as const;

export const AreaLossShape = strict({
  area: Type.String(),
  ...PLACE,
  kva: Type.Number(),
  status: Type.Enum([...AREA_STATUSES]),
  ...SUMS,
  generators: Count,
  supplyMeters: Count,
  rises: Count,
  falls: Count,
  jump: nullable(strict({ percent: Type.Number(), kind: nullable(Type.Enum(['rise', 'fall'])) })),
  checks: Type.Array(Type.Enum([...LOSS_CHECKS])),
  topologyVersion: nullable(Type.String()),
  trace: Type.String({ description: 'Where every figure of this row is taken apart' }),
});

export const FeederLossShape = strict({
  feeder: Type.String(),
  name: Type.String(),
  district: Type.String(),
  areas: strict({ total: Count, qualified: Count, high: Count, negative: Count, uncomputable: Count }),
  sum: LossSumShape,
  head: Type.Union([LossSumShape, Type.Null()], {
    description: 'Supply by the meters at the head against the customers of all areas; null without such meters',
  }),
  trace: Type.String(),
});

const End = strict({
  wh: Wh,
  source: nullable(Type.Enum(['freeze', 'installation'])),
  quality: nullable(Type.Enum([...QUALITIES])),
  revision: nullable(Count),
});
const Flow = strict({ start: End, end: End, faceWh: Wh, wh: Wh, how: Type.String(), why: nullable(Type.String()) });

/** A meter's part in a day: Wh = (end − start) × ratio. */
export const LossPartShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  role: Type.Enum([...METER_ROLES]),
  account: nullable(Type.String()),
  generator: Type.Boolean(),
  from: Instant,
  to: Instant,
  ratio: Type.Number(),
  counts: Type.Enum(['read', 'estimated', 'missing', 'closed']),
  import: Flow,
  export: nullable(Flow),
});

export const STAMP = {
  period: Type.String(),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  warnings: Type.Array(Type.String()),
} as const;

export const AreaTraceShape = strict({
  ...STAMP,
  total: AreaLossShape,
  days: Type.Array(LossDayShape),
  parts: nullable(Type.Array(LossPartShape, { description: 'Of a single date; null for a longer time' })),
  agreesWithKept: nullable(Type.Boolean({ description: 'The kept figures of the date are those of the readings now' })),
});

export const FeederTraceShape = strict({
  ...STAMP,
  total: FeederLossShape,
  areas: Type.Array(AreaLossShape),
  headDays: Type.Array(LossDayShape),
  headParts: nullable(Type.Array(LossPartShape)),
});

export const AreaCountsShape = strict({
  total: Count,
  running: Count,
  stopped: Count,
  removed: Count,
  notCovered: Type.Integer({ minimum: 0, description: 'No supply meter, or no customer planned for collection' }),
  withGeneration: Count,
  exchanged: Count,
  zeroEnergy: Type.Integer({ minimum: 0, description: 'The supply meter was read and counted nothing' }),
  qualified: Count,
  high: Count,
  negative: Count,
  uncomputable: Count,
});

export const LossSummaryFigures = strict({
  areas: AreaCountsShape,
  qualifiedRate: Percent,
  monitoringRate: Percent,
  loss: LossSumShape,
});

export const LossSummaryShape = strict({
  ...STAMP,
  total: LossSummaryFigures,
  groupBy: nullable(Type.String()),
  groups: Type.Array(strict({ key: Type.String(), name: nullable(Type.String()), figures: LossSummaryFigures })),
  definitions: Type.Record(Type.String(), Type.String()),
});
