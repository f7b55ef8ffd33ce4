import { Type } from 'typebox';
import { QUALITIES } from '#contract/quality.ts';
import { EXCEPTIONS } from '#domain/billing/row.ts';
import { USAGE_REASONS } from '#domain/billing/usage.ts';
import { BATCH_STATES } from '#stores/batch-store.ts';
import { DateText, IdText, Instant, nullable, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const Wh = nullable(Type.Integer({ description: 'Wh' }));
const Text = nullable(Type.String());

export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, hexadecimal in small letters' });

export const PeriodText = Type.String({
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$',
  description: 'Month such as 2026-10: its reads are those of 00:00 on the first of the next month',
});

/** Exactly one of period and date. */
export const BatchRequest = strict({
  period: Type.Optional(PeriodText),
  date: Type.Optional(DateText),
  district: Type.Optional(IdText),
});

export const BatchShape = strict({
  id: Type.String(),
  state: Type.Enum([...BATCH_STATES]),
  district: Text,
  period: Text,
  date: DateText,
  task: Type.String(),
  frozenAt: Instant,
  askedBy: Type.String({ description: 'Id of the API key' }),
  createdAt: Instant,
  progress: Type.Number({ description: '0 … 1' }),
  detail: Type.String({ description: 'Why it could not be made' }),
  readyAt: nullable(Instant),
  rows: nullable(Count),
  sha256: nullable(Sha256),
  byQuality: Type.Record(Type.String(), Count),
  byException: Type.Record(Type.String(), Count),
  previous: Type.Union([Type.String(), Type.Null()], { description: 'Batch that its usage goes on from' }),
  acknowledgedAt: nullable(Instant),
  acknowledgedBy: Text,
});

const stamp = { asOf: Instant, timeZone: Type.String(), simulated: Type.Boolean() };

export const StampedBatchShape = strict({ ...BatchShape.properties, ...stamp });

export const AckRequest = strict({ rows: Count, sha256: Sha256 });

const registers = {
  energyImportWh: Wh,
  energyImportT1Wh: Wh,
  energyImportT2Wh: Wh,
  energyImportT3Wh: Wh,
  energyImportT4Wh: Wh,
  energyExportWh: Wh,
};

const Part = strict({
  meter: Type.String(),
  accountNo: Text,
  ratio: Type.Number(),
  from: Instant,
  to: Instant,
  startWh: Wh,
  endWh: Wh,
  how: Type.String(),
  faceWh: Wh,
  billedWh: Wh,
});

/** Registers are face values; `usage` has both the face value and the energy with the ratio. */
export const BatchRowShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  accountNo: Text,
  category: Text,
  area: Type.String(),
  district: Text,
  businessDate: DateText,
  frozenAt: nullable(Instant),
  removedAt: nullable(Instant),
  meterTime: nullable(Instant),
  readAt: nullable(Instant),
  ...registers,
  ratio: Type.Number({ description: 'CT × PT' }),
  from: nullable(strict({ meter: Type.String(), date: DateText, at: Instant, ...registers })),
  usage: strict({
    reason: nullable(Type.Enum([...USAGE_REASONS])),
    successor: Text,
    faceWh: strict(registers),
    billedWh: strict(registers),
    parts: Type.Array(Part),
  }),
  quality: Type.Enum([...QUALITIES]),
  rules: Type.Array(Type.String()),
  revision: Type.Integer({ description: 'Of the reading: 0 = the value of the meter itself' }),
  method: Text,
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why there is no value' }),
  exceptions: Type.Array(Type.Enum([...EXCEPTIONS])),
});

export const CorrectionShape = strict({
  seq: Type.Integer(),
  meter: Type.String(),
  revision: Type.Integer({ minimum: 2, description: 'Of the row: that in the batch is 1' }),
  at: Instant,
  row: BatchRowShape,
});
