import { Type } from 'typebox';
import { OUTAGE_KINDS, OUTAGE_STATES } from '#contract/outage.ts';
import { AnomalyShape } from './anomalies.ts';
import { BothLanguages, DateText, Instant, nullable, strict } from './common.ts';

const Kw = nullable(Type.Number({ description: 'kW, with the transformer ratio' }));
const Share = nullable(Type.Number({ minimum: 0 }));
const Hours = nullable(Type.Number({ minimum: 0 }));

export const MeterHealthShape = strict({
  meter: Type.String(),
  task: Type.String(),
  expected: Type.Integer({ minimum: 0, description: 'Points of the curve that should be there by now' }),
  points: Type.Integer({ minimum: 0 }),
  completeness: Share,
  capacityKva: nullable(Type.Number({ description: 'Rating of the transformer of a dedicated customer' })),
  contractKw: nullable(Type.Number({ description: 'Contract capacity (合同容量), where it is on record' })),
  maxKw: Kw,
  maxAt: nullable(Instant),
  minKw: Kw,
  meanKw: Kw,
  maxShare: nullable(
    Type.Number({ minimum: 0, description: 'Largest load ÷ contract capacity, or ÷ capacityKva without one' }),
  ),
  hoursOver80: Hours,
  hoursOver100: Hours,
  powerFactor: nullable(Type.Number({ minimum: 0, description: 'Mean of the day, weighted with the load' })),
  voltageGood: nullable(Type.Number({ minimum: 0, maximum: 1, description: 'Share within 93 … 107 % of nominal' })),
  lowestVoltageV: nullable(Type.Number()),
  highestVoltageV: nullable(Type.Number()),
  maxUnbalance: Share,
  meanUnbalance: Share,
});

export const AccountHealthShape = strict({
  account: Type.String(),
  category: Type.String(),
  priority: Type.String(),
  date: DateText,
  meters: Type.Array(MeterHealthShape),
  anomalies: Type.Array(AnomalyShape),
  outages: Type.Array(
    strict({
      id: Type.String(),
      kind: Type.Enum([...OUTAGE_KINDS]),
      state: Type.Enum([...OUTAGE_STATES]),
      meter: Type.String(),
      from: Instant,
      to: nullable(Instant),
    }),
  ),
  summary: BothLanguages,
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
  warnings: Type.Array(Type.String()),
});
