import { Type } from 'typebox';
import { MISSING, VERDICTS } from '#domain/triage/triage-types.ts';
import { BothLanguages, Instant, nullable, strict } from './common.ts';
import { AccountShape } from './meters.ts';

export const SupplyShape = strict({
  meter: Type.String(),
  meterNo: Type.String(),
  area: Type.String(),
  account: nullable(AccountShape),
  verdict: Type.Enum([...VERDICTS]),
  confidence: Type.Enum(['high', 'medium', 'low']),
  /** What the agent may say. */
  script: BothLanguages,
  priority: Type.Array(Type.String()),
  outage: nullable(Type.String()),
  evidence: Type.Array(
    strict({
      fact: Type.String(),
      at: nullable(Instant),
      ageS: nullable(Type.Integer()),
      source: Type.String(),
      detail: Type.String(),
    }),
  ),
  /** What would have decided the case. */
  missing: Type.Array(Type.Enum([...MISSING])),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});

/** When the search finds several places: the agent chooses. */
export const ChoicesShape = strict({
  choices: Type.Array(
    strict({
      accountNo: nullable(Type.String()),
      name: nullable(Type.String()),
      address: nullable(Type.String()),
      meters: Type.Array(Type.String()),
    }),
  ),
  /** Says when there are more places than are listed. */
  warnings: Type.Array(Type.String()),
  asOf: Instant,
  timeZone: Type.String(),
  simulated: Type.Boolean(),
});
