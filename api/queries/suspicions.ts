import type { Static } from 'typebox';
import type { Anomaly, AnomalyVerdict } from '#contract/anomaly.ts';
import { isoLocal } from '#contract/zone.ts';
import { type AreaLoss, type RankedArea, rankAreas } from '#domain/anomalies/theft/area-ranking.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { AnomalyStore } from '#stores/anomaly-store.ts';
import type { SuspicionShape } from '../schemas/suspicions.ts';
import { areasIn, type LossQuery } from './line-loss.ts';
import type { LossPeriod } from './line-loss-period.ts';

/** Suspicions that are counted for the ranking of areas. */
const MOST_SUSPICIONS = 100_000;

/** Areas of a district by what they lost beyond the technical loss, with the suspicions that last there. */
export async function rankedAreas(
  { losses, anomalies }: { readonly losses: LossQuery; readonly anomalies: Pick<AnomalyStore, 'list'> },
  index: RegistryIndex,
  period: LossPeriod,
  { district, technicalPercent }: { readonly district: string | undefined; readonly technicalPercent: number },
): Promise<RankedArea[]> {
  const areas = areasIn(index, district, undefined);
  const ids = areas.map(({ id }) => id);
  const { byKey } = await losses.of(ids, period);
  const open = await anomalies.list({ rules: ['theft_suspected'], state: 'open', limit: MOST_SUSPICIONS });
  const suspects = new Map<string, number>();
  for (const { area } of open) suspects.set(area, (suspects.get(area) ?? 0) + 1);
  const rows = ids.flatMap((area): AreaLoss[] => {
    const sum = byKey.get(area)?.sum;
    if (!sum) return [];
    const { suppliedWh, lostWh, computable } = sum;
    return [{ area, suppliedWh, lostWh, computableDays: computable, suspects: suspects.get(area) ?? 0 }];
  });
  return rankAreas(rows, technicalPercent);
}

/** A suspicion as it is shown. */
export function suspicionShape(
  index: RegistryIndex,
  anomaly: Anomaly,
  verdict: AnomalyVerdict | undefined,
  now: number,
): Static<typeof SuspicionShape> {
  const zone = index.registry.timeZone;
  const { facts } = anomaly;
  const account = index.accountAt(anomaly.meter, now);
  return {
    id: anomaly.id,
    meter: anomaly.meter,
    meterNo: index.meter(anomaly.meter)?.no ?? null,
    account: account?.no ?? null,
    address: account?.address ?? null,
    area: anomaly.area,
    district: anomaly.district,
    score: anomaly.score ?? 0,
    openedAt: isoLocal(zone, anomaly.openedAt),
    closedAt: anomaly.closedAt === null ? null : isoLocal(zone, anomaly.closedAt),
    fallDate: textOf(facts['fallDate']),
    beforeWhADay: numberOf(facts['beforeWhADay']),
    afterWhADay: numberOf(facts['afterWhADay']),
    lossRiseWhADay: numberOf(facts['lossRiseWhADay']),
    shares: {
      loss: numberOf(facts['shareLoss']) ?? 0,
      neutral: numberOf(facts['shareNeutral']) ?? 0,
      events: numberOf(facts['shareEvents']) ?? 0,
      neighbours: numberOf(facts['shareNeighbours']) ?? 0,
    },
    reasons: { zh: textOf(facts['reasonsZh']) ?? '', en: textOf(facts['reasonsEn']) ?? '' },
    verdict: verdict ? { verdict: verdict.verdict, at: isoLocal(zone, verdict.at), note: verdict.note } : null,
  };
}

function numberOf(fact: number | string | undefined): number | null {
  return typeof fact === 'number' ? fact : null;
}

function textOf(fact: number | string | undefined): string | null {
  return typeof fact === 'string' ? fact : null;
}
