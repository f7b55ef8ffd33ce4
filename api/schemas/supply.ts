import { Type } from 'typebox';
import { OUTAGE_KINDS, OUTAGE_NODES, OUTAGE_STATES } from '#contract/outage.ts';
import { HINTS, MISSING, VERDICTS } from '#domain/triage/triage-types.ts';
import { SOURCE_STATES } from '../followed.ts';
import { BothLanguages, Instant, nullable, strict } from './common.ts';
import { AccountShape } from './meters.ts';
import { ArrearsShape } from './outages.ts';

const SourceShape = strict({
  state: Type.Enum([...SOURCE_STATES], { description: 'stale: the verdict rests on something older, or goes without' }),
  ageS: nullable(Type.Integer()),
});

const ToldOutage = strict({
  id: Type.String(),
  kind: Type.Enum([...OUTAGE_KINDS]),
  state: Type.Enum([...OUTAGE_STATES]),
  node: Type.Enum([...OUTAGE_NODES]),
  nodeId: Type.String(),
  nodeName: nullable(Type.String()),
  cause: nullable(Type.String({ description: 'As dispatch entered it last' })),
  customers: Type.Integer(),
  startedAt: Instant,
  expectedAt: nullable(Type.String({ description: 'As dispatch entered it last; never worked out' })),
  expectedUpdatedAt: nullable(Instant),
  restoredAt: nullable(Instant),
  told: nullable(
    strict(
      { at: Instant, expectedAt: nullable(Instant), text: Type.String() },
      { description: 'What was last told to customers' },
    ),
  ),
});

const ToldPlan = strict({ externalId: Type.String(), from: Instant, to: Instant, text: Type.String() });

export const PROBE_PHASES = ['reading', 'neighbours', 'done'] as const;
const ProbeRef = strict({
  id: Type.String(),
  state: Type.Enum([...PROBE_PHASES], {
    description: 'reading: the meter is asked; neighbours: it was silent and those around it are asked',
  }),
});

/** Whom to heed first comes first. */
const Verdict = {
  priority: Type.Array(Type.String(), { description: 'vulnerable, critical or large: heed this first' }),
  verdict: Type.Enum([...VERDICTS]),
  confidence: Type.Enum(['high', 'medium', 'low']),
  hint: nullable(Type.Enum([...HINTS], { description: 'What the evidence points to beyond the verdict' })),
  script: BothLanguages,
  meter: Type.String(),
  meterNo: Type.String(),
  area: Type.String(),
  account: nullable(AccountShape),
  outage: nullable(ToldOutage),
  planned: nullable(ToldPlan),
  arrears: nullable(ArrearsShape),
  evidence: Type.Array(
    strict({
      fact: Type.String(),
      at: nullable(Instant),
      ageS: nullable(Type.Integer()),
      source: Type.String(),
      detail: Type.String(),
    }),
  ),
  missing: Type.Array(Type.Enum([...MISSING]), { description: 'What would have decided the case' }),
  sources: strict({ outages: SourceShape, orders: SourceShape, readings: SourceShape }),
  tookMs: Type.Number(),
};
const STAMP = { asOf: Instant, timeZone: Type.String(), simulated: Type.Boolean() };

export const SupplyShape = strict({ ...Verdict, probe: nullable(ProbeRef), ...STAMP });

export const ProbeShape = strict({
  ...ProbeRef.properties,
  changed: Type.Boolean({ description: 'The verdict is another than when the probe began' }),
  steps: Type.Array(
    strict({
      at: Instant,
      step: Type.String({ description: 'asked, answered, silent, neighboursAsked, neighbour, done' }),
      meter: nullable(Type.String()),
      state: nullable(Type.String({ description: 'lit, dark, silent or none; of a verdict that verdict' })),
      ageS: nullable(Type.Number()),
    }),
    { description: 'The same as the events probe.step.v1 with this id; a step may be told twice' },
  ),
  supply: strict(Verdict),
  ...STAMP,
});

export const ProbeStartedShape = strict({ ...ProbeRef.properties, meter: Type.String(), ...STAMP });

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
  ...STAMP,
});
