import { Type } from 'typebox';
import { QUALITIES } from '#contract/quality.ts';
import { ACCOUNT_CATEGORIES, ACCOUNT_STATUSES } from '#contract/registry.ts';
import { USAGE_STATES } from '#domain/usage/account-usage.ts';
import { BothLanguages, DateText, Instant, nullable, ReasonCode, strict } from './common.ts';

const Wh = nullable(Type.Integer());

const EnergyShape = strict(
  { importWh: Wh, t1Wh: Wh, t2Wh: Wh, t3Wh: Wh, t4Wh: Wh, exportWh: Wh },
  {
    description:
      'Wh; t1 to t4 are the rates of the import (尖 峰 平 谷). Null where it cannot be told, or the meter has no such register.',
  },
);

const EndShape = strict({
  at: Instant,
  registers: EnergyShape,
  quality: Type.Enum([...QUALITIES]),
  source: Type.Enum(['freeze', 'installation', 'none']),
  revision: Type.Integer(),
  method: nullable(Type.String()),
  rules: Type.Array(Type.String()),
});

const PartShape = strict({
  meter: Type.String(),
  ratio: Type.Number({ description: 'CT×PT (综合倍率): registers are face values, energies are multiplied by it' }),
  start: EndShape,
  end: EndShape,
  how: Type.Enum(['difference', 'rollover', 'no_start', 'no_end', 'reversed'], {
    description: 'How the energy of the import register came about, or why it cannot be told',
  }),
  energy: EnergyShape,
});

const MissingShape = strict({
  meter: Type.String(),
  date: DateText,
  at: Instant,
  quality: Type.Enum([...QUALITIES]),
  rules: Type.Array(Type.String(), { description: 'Rules that spoke against a suspect freeze' }),
  reason: nullable(ReasonCode),
});

const spanOf = {
  state: Type.Enum([...USAGE_STATES], {
    description:
      'known; unknown: see missing and the how of each part; open: not over yet; no_meter: no meter served the account',
  }),
  energy: EnergyShape,
  quality: nullable(Type.Enum([...QUALITIES], { description: 'The weakest of all ends' })),
  parts: Type.Array(PartShape, { description: 'One for each meter and installation; two around a meter exchange' }),
  missing: Type.Array(MissingShape, { description: 'Freezes that are needed and do not count, by name' }),
};

const DayShape = strict({ date: DateText, ...spanOf });

const PeriodShape = strict({
  start: DateText,
  end: DateText,
  ...spanOf,
  days: strict({ known: Type.Integer(), over: Type.Integer() }),
  allocated: EnergyShape,
  unallocated: EnergyShape,
});

const MonthShape = strict({
  month: Type.String({ description: 'Such as 2026-11' }),
  isWhole: Type.Boolean({ description: 'false when the range holds only a part of the month, or it is not over' }),
  ...PeriodShape.properties,
});

const PresentShape = strict({
  meter: Type.String(),
  ratio: Type.Number(),
  task: nullable(Type.String()),
  since: Instant,
  at: nullable(Instant),
  startWh: Wh,
  registerWh: Wh,
  quality: nullable(Type.Enum([...QUALITIES])),
  how: PartShape.properties.how,
  energy: EnergyShape,
});

const UsedMeterShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  area: Type.String(),
  ratio: Type.Number(),
  installedFrom: Instant,
  installedTo: nullable(Instant),
  startWh: Wh,
  endWh: Wh,
});

export const UsageShape = strict({
  accountNo: Type.String(),
  category: Type.Enum([...ACCOUNT_CATEGORIES]),
  status: Type.Enum([...ACCOUNT_STATUSES]),
  billed: Type.Enum(['import', 'export'], { description: 'export for generators (上网电量), import for all others' }),
  start: DateText,
  end: DateText,
  meters: Type.Array(UsedMeterShape),
  days: Type.Array(DayShape),
  months: Type.Array(MonthShape),
  monthToDate: PeriodShape,
  yesterday: DayShape,
  /** Since midnight, from present registers. */
  today: strict({
    date: DateText,
    provisional: Type.Boolean({ description: 'Always true: present registers are no billing values' }),
    at: nullable(Instant),
    energy: EnergyShape,
    meters: Type.Array(PresentShape),
  }),
  qualities: Type.Array(strict({ code: Type.Enum([...QUALITIES]), text: BothLanguages })),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  warnings: Type.Array(Type.String()),
});
