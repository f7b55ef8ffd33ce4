import type { Static } from 'typebox';
import type { Area } from '#contract/registry.ts';
import { isoLocal } from '#contract/zone.ts';
import { successRate } from '#domain/collection/figures.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { type LossBands, lossOf, lossState, percentOf, readRate } from '#domain/line-loss/loss.ts';
import { type LossSum, lossOfSum, stateOfSum } from '#domain/line-loss/loss-sum.ts';
import { endsAtFreeze, type MemberDay, startsAtFreeze } from '#domain/line-loss/member-day.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { StayUsage } from '#domain/usage/stay-usage.ts';
import type { ValidatedReading } from '#stores/validated-readings.ts';
import type { AreaLossShape, LossDayShape, LossPartShape, LossSumShape } from '../schemas/line-loss.ts';
import type { PeriodLoss } from './line-loss.ts';
import type { WorkedDay } from './line-loss-readings.ts';

/** Path of the trace of an area, which takes its figures apart. */
export function tracePath(kind: 'areas' | 'feeders', id: string, period: string): string {
  const [start, end] = period.split('/');
  const query =
    end !== undefined ? `start=${start}&end=${end}` : period.length === 7 ? `period=${period}` : `date=${period}`;
  return `/api/v1/line-loss/${kind}/${encodeURIComponent(id)}?${query}`;
}

export function sumShape(sum: LossSum, bands: LossBands): Static<typeof LossSumShape> {
  const { why, suppliedWh, soldWh, lostWh } = lossOfSum(sum);
  const isComputed = suppliedWh !== null;
  const { customers, read, estimated, missing, exchanged, zeroUse } = sum;
  return {
    state: stateOfSum(sum, bands),
    why,
    suppliedWh,
    soldWh,
    lostWh,
    rate: percentOf(lostWh, suppliedWh),
    generationWh: isComputed ? sum.generationWh : null,
    lowerBoundSold: sum.partial > 0,
    estimatedWh: isComputed ? sum.estimatedWh : null,
    estimatedShare: isComputed ? percentOf(sum.estimatedWh, sum.soldWh) : null,
    days: sum.days,
    computableDays: sum.computable,
    notIn: { ...sum.notIn },
    customers,
    read,
    estimated,
    missing,
    successRate: readRate(sum),
    coverage: successRate(sum.collected, customers),
    exchanged,
    zeroUse,
  };
}

export function areaShape(
  index: RegistryIndex,
  area: Area,
  loss: PeriodLoss,
  period: string,
  bands: LossBands,
): Static<typeof AreaLossShape> {
  const { last, rises, falls, jump, checks } = loss;
  return {
    area: area.id,
    name: area.name,
    feeder: area.feeder,
    district: index.feeder(area.feeder)?.district ?? null,
    kva: area.kva,
    status: area.status ?? 'running',
    ...sumShape(loss.sum, bands),
    generators: last?.generators ?? 0,
    supplyMeters: last?.supplyMeters ?? 0,
    rises,
    falls,
    jump,
    checks: [...checks],
    topologyVersion: last?.topologyVersion ?? null,
    trace: tracePath('areas', area.id, period),
  };
}

export function dayShape(
  day: AreaDay,
  bands: LossBands,
  source: 'kept' | 'readings',
  trace: string,
): Static<typeof LossDayShape> {
  const loss = lossOf(day, bands);
  const { gridWh, generationWh, soldWh, estimatedWh, customers, read, estimated, missing, closed } = day;
  const { exchanged, zeroUse, generators, exporting, supplyMeters, moved, topologyVersion } = day;
  return {
    date: day.date,
    state: lossState(loss, bands),
    why: loss.why,
    suppliedWh: loss.suppliedWh,
    soldWh: loss.soldWh,
    lostWh: loss.lostWh,
    rate: percentOf(loss.lostWh, loss.suppliedWh),
    lowerBoundSold: loss.lostWh !== null && missing > 0,
    estimatedShare: loss.soldWh === null ? null : percentOf(estimatedWh, soldWh),
    known: { gridWh, generationWh, soldWh, estimatedWh },
    customers,
    read,
    estimated,
    missing,
    missingMeters: day.missingMeters.map((each) => ({ ...each })),
    closed,
    exchanged,
    zeroUse,
    generators,
    exporting,
    supplyMeters,
    moved,
    topologyVersion,
    source,
    trace,
  };
}

export function partShape(
  index: RegistryIndex,
  part: MemberDay,
  { from, to, readingsOf }: WorkedDay,
): Static<typeof LossPartShape> {
  const zone = index.registry.timeZone;
  const { stay, role, generator, closed } = part.member;
  const readings = readingsOf(stay.meter);
  const flow = (usage: StayUsage, why: string | null) => ({
    start: endShape(usage.startWh, startsAtFreeze(usage.stay, from), readings.start),
    end: endShape(usage.endWh, endsAtFreeze(usage.stay, to), readings.end),
    faceWh: usage.faceWh,
    wh: usage.wh,
    how: usage.how,
    why,
  });
  const isClosed = closed && (part.whyNoImport === 'no_start' || part.whyNoImport === 'no_end');
  return {
    meter: stay.meter,
    meterNo: index.meter(stay.meter)?.no ?? stay.meter,
    role,
    account: stay.account,
    generator,
    from: isoLocal(zone, part.import.from),
    to: isoLocal(zone, part.import.to),
    ratio: stay.ratio,
    counts: isClosed ? 'closed' : part.whyNoImport !== null ? 'missing' : part.estimated ? 'estimated' : 'read',
    import: flow(part.import, part.whyNoImport),
    export: part.export && flow(part.export, part.whyNoExport),
  };
}

/** A register comes from the freeze, or was written down when the meter was put in or taken out. */
function endShape(wh: number | null, atFreeze: boolean, reading: ValidatedReading | undefined) {
  return {
    wh,
    source: wh === null ? null : atFreeze ? ('freeze' as const) : ('installation' as const),
    quality: atFreeze ? (reading?.quality ?? ('missing' as const)) : null,
    revision: atFreeze ? (reading?.revision ?? null) : null,
  };
}
