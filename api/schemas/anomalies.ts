import { Type } from 'typebox';
import { ANOMALY_RULES, ANOMALY_VERDICTS } from '#contract/anomaly.ts';
import { BothLanguages, DateText, IdText, Instant, nullable, strict } from './common.ts';

export const AnomalyRuleCode = Type.Enum([...ANOMALY_RULES]);
const Level = Type.Integer({ minimum: 1, maximum: 3, description: '1 is the most urgent' });
const Count = Type.Integer({ minimum: 0 });
const Fact = Type.Union([Type.Number(), Type.String()]);

export const VerdictShape = strict({
  verdict: Type.Enum([...ANOMALY_VERDICTS]),
  at: Instant,
  by: Type.String({ description: 'Id of the key with which it was given' }),
  note: Type.String(),
});

export const AnomalyShape = strict({
  id: Type.String(),
  rule: AnomalyRuleCode,
  name: BothLanguages,
  level: Level,
  state: Type.Enum(['open', 'closed']),
  meter: Type.String(),
  area: nullable(Type.String({ description: 'Where the meter hung when it opened' })),
  district: nullable(Type.String()),
  openedAt: Instant,
  closedAt: nullable(Instant),
  from: Instant,
  to: Instant,
  facts: Type.Record(Type.String(), Fact),
  score: nullable(Type.Integer({ minimum: 0, maximum: 100 })),
  verdict: nullable(VerdictShape),
});

export const AnomalyDetailShape = strict({
  ...AnomalyShape.properties,
  meterNo: nullable(Type.String()),
  account: nullable(Type.String()),
  text: BothLanguages,
  action: BothLanguages,
  told: Type.Array(strict({ name: Type.String(), value: Fact, unit: Type.String(), text: BothLanguages }), {
    description: 'The facts with their units and what they are',
  }),
  curve: nullable(
    strict(
      { task: Type.String(), start: Instant, end: Instant, items: Type.Array(Type.String()) },
      { description: 'What to ask for with GET /meters/{id}/readings to see it' },
    ),
  ),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

export const AnomalyQuery = strict({
  rule: Type.Optional(AnomalyRuleCode),
  state: Type.Optional(Type.Enum(['open', 'closed'])),
  status: Type.Optional(Type.Enum(['judged', 'unjudged'], { description: 'Whether the field has said what it found' })),
  meter: Type.Optional(IdText),
  area: Type.Optional(IdText),
  district: Type.Optional(IdText),
  minScore: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  from: Type.Optional(DateText),
  to: Type.Optional(DateText),
});

export const VerdictRequest = strict({
  verdict: Type.Enum([...ANOMALY_VERDICTS]),
  note: Type.Optional(Type.String({ maxLength: 2000 })),
});

export const PrecisionShape = strict({
  rule: AnomalyRuleCode,
  name: BothLanguages,
  judged: Count,
  confirmed: Count,
  refuted: Count,
  precision: nullable(Type.Number({ minimum: 0, maximum: 1, description: 'confirmed ÷ judged' })),
});

export const AnomalyCountShape = strict({
  key: nullable(Type.String()),
  name: nullable(Type.String()),
  opened: Count,
  closed: Count,
  open: Type.Integer({ minimum: 0, description: 'At the end of the day, or now' }),
});

export const CataloguedRuleShape = strict({
  code: AnomalyRuleCode,
  basis: Type.Enum(['curve', 'days', 'states', 'areas']),
  level: Level,
  name: BothLanguages,
  text: BothLanguages,
  action: BothLanguages,
  needs: Type.Array(Type.String()),
  parameters: Type.Array(
    strict({ name: Type.String(), value: Type.Number(), unit: Type.String(), source: Type.String() }),
  ),
});
