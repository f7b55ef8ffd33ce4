import { Type } from 'typebox';
import { RULES } from '#domain/vee/rule-texts.ts';
import { BothLanguages, DateText, Instant, nullable, strict } from './common.ts';

export const RuleCode = Type.Enum([...RULES]);
export const SeverityCode = Type.Enum(['suspect', 'note']);

/** Something that a rule found about a reading. */
export const FindingShape = strict({
  task: Type.String(),
  date: DateText,
  slot: Instant,
  meter: Type.String(),
  meterNo: nullable(Type.String()),
  area: nullable(Type.String()),
  rule: RuleCode,
  severity: SeverityCode,
  facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Null()]), {
    description: 'What the rule compared; units stand in the names, registers are as the meter shows them',
  }),
});

export const FindingSummaryShape = strict({
  date: DateText,
  task: Type.String(),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  kept: Type.Boolean({ description: 'false when the figures of this day are not kept: then nothing is known of it' }),
  total: Type.Integer({ minimum: 0 }),
  suspect: Type.Integer({ minimum: 0 }),
  note: Type.Integer({ minimum: 0 }),
  rules: Type.Array(strict({ rule: RuleCode, severity: SeverityCode, count: Type.Integer({ minimum: 0 }) })),
  warnings: Type.Array(Type.String()),
});

export const RuleShape = strict({
  code: RuleCode,
  text: BothLanguages,
  severity: SeverityCode,
  runs: Type.Array(Type.Enum(['ingest', 'day', 'profile'])),
  needs: Type.Array(Type.String(), { description: 'Without these the rule says nothing' }),
  parameters: Type.Array(
    strict({
      name: Type.String(),
      value: Type.Number(),
      unit: Type.String(),
      source: Type.String({ description: '`ours` where no public source names the number' }),
    }),
  ),
});
