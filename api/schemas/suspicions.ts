import { Type } from 'typebox';
import { ANOMALY_VERDICTS } from '#contract/anomaly.ts';
import { BothLanguages, Instant, nullable, strict } from './common.ts';

const Share = Type.Number({ minimum: 0, maximum: 1 });

export const SuspicionShape = strict({
  id: Type.String(),
  meter: Type.String(),
  meterNo: nullable(Type.String()),
  account: nullable(Type.String()),
  address: nullable(Type.String()),
  area: Type.String(),
  district: nullable(Type.String()),
  score: Type.Integer({ minimum: 0, maximum: 100 }),
  openedAt: Instant,
  closedAt: nullable(Instant),
  fallDate: nullable(Type.String({ description: 'First day of the lower use' })),
  beforeWhADay: nullable(Type.Integer()),
  afterWhADay: nullable(Type.Integer()),
  lossRiseWhADay: nullable(Type.Integer({ description: 'By so much the loss of the area rose then' })),
  /** How much of the points of each kind of reason was given. */
  shares: strict({ loss: Share, neutral: Share, events: Share, neighbours: Share }),
  reasons: BothLanguages,
  verdict: nullable(strict({ verdict: Type.Enum([...ANOMALY_VERDICTS]), at: Instant, note: Type.String() })),
});

export const RankedAreaShape = strict({
  area: Type.String(),
  name: Type.String(),
  feeder: Type.String(),
  district: nullable(Type.String()),
  suppliedWh: Type.Integer(),
  lostWh: Type.Integer(),
  unexplainedWh: Type.Integer({ description: 'Lost beyond the technical loss' }),
  computableDays: Type.Integer(),
  suspects: Type.Integer(),
});
