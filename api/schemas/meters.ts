import { Type } from 'typebox';
import { QUALITIES } from '#contract/quality.ts';
import { ACCOUNT_CATEGORIES, ACCOUNT_PRIORITIES, ACCOUNT_STATUSES, METER_ROLES } from '#contract/registry.ts';
import { DateText, Instant, nullable, ReasonCode, strict } from './common.ts';

export const AccountShape = strict({
  no: Type.String(),
  name: Type.String(),
  address: Type.String(),
  category: Type.Enum([...ACCOUNT_CATEGORIES]),
  priority: Type.Enum([...ACCOUNT_PRIORITIES]),
  status: Type.Enum([...ACCOUNT_STATUSES]),
  contractKw: nullable(Type.Number({ description: 'Contract capacity (合同容量), kW; null when not on record' })),
});

/** CT×PT (综合倍率). Registers are face values; nothing is multiplied silently. */
export const RatioShape = strict({ ct: Type.Number(), pt: Type.Number(), total: Type.Number() });

export const MeterShape = strict({
  id: Type.String(),
  meterNo: Type.String(),
  model: Type.String(),
  modelName: strict({ zh: Type.String(), en: Type.String() }),
  role: Type.Enum([...METER_ROLES]),
  address: Type.String(),
  line: Type.String(),
  concentrator: nullable(Type.String()),
  collector: nullable(Type.String()),
  area: Type.String(),
  branch: nullable(Type.String({ description: '分支, by its id in the area' })),
  box: nullable(Type.String({ description: '表箱, by its id in the area' })),
  feeder: nullable(Type.String()),
  district: nullable(Type.String()),
  phase: nullable(Type.String()),
  ratio: RatioShape,
  installedFrom: nullable(Instant),
  installedTo: nullable(Instant),
  accountNo: nullable(Type.String()),
});

/** A slot with its values, or with the reason why it has none. Energies in Wh, gauges in the unit of their name. */
export const ReadingShape = strict({
  slot: Instant,
  businessDate: DateText,
  meterTime: nullable(Instant),
  readAt: nullable(Instant),
  quality: Type.Enum([...QUALITIES]),
  rules: Type.Array(Type.String()),
  values: nullable(Type.Record(Type.String(), Type.Number())),
  reason: nullable(ReasonCode),
  detail: Type.String(),
  revision: Type.Integer({ description: 'Of the revision that counts; 0 = the value of the meter itself' }),
  method: nullable(Type.String({ description: 'Of an estimate' })),
  /** What the meter gave, where an edit or an estimate counts. */
  raw: Type.Optional(
    strict({
      values: Type.Record(Type.String(), Type.Number()),
      quality: Type.Enum([...QUALITIES]),
      rules: Type.Array(Type.String()),
    }),
  ),
});

export const MeterDetailShape = strict({
  ...MeterShape.properties,
  account: nullable(AccountShape),
  /** Newest freeze and newest present values. */
  lastFreeze: nullable(ReadingShape),
  lastInstant: nullable(ReadingShape),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

export const ReadingsParameters = strict({
  start: Instant,
  end: Instant,
  task: Type.Optional(Type.String({ maxLength: 64, default: 'profile' })),
  items: Type.Optional(
    Type.String({ maxLength: 1000, description: 'Quantities, separated by commas; all if left out' }),
  ),
});
