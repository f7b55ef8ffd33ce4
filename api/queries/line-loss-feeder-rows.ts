import type { Static } from 'typebox';
import type { Feeder } from '#contract/registry.ts';
import { LOSS_STATES, type LossState } from '#domain/line-loss/loss.ts';
import type { LossSum } from '#domain/line-loss/loss-sum.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { FeederLossShape } from '../schemas/line-loss.ts';
import { areasIn, headKey, type Losses, type LossQuery, sumOf } from './line-loss.ts';
import type { LossPeriod } from './line-loss-period.ts';
import { sumShape, tracePath } from './line-loss-shapes.ts';

export type FeederLossRow = Static<typeof FeederLossShape>;

/** Feeders as the sums of their areas, beside what the meters at their heads say. */
export async function feederRows(
  query: LossQuery,
  index: RegistryIndex,
  period: LossPeriod,
  feeders: readonly Feeder[],
): Promise<{ rows: FeederLossRow[]; losses: Losses; sum: LossSum }> {
  const wanted = new Set(feeders.map(({ id }) => id));
  const areas = areasIn(index, undefined, undefined).filter(({ feeder }) => wanted.has(feeder));
  const byFeeder = Map.groupBy(areas, ({ feeder }) => feeder);
  const heads = feeders.flatMap(({ id }) => headKey(index, id) ?? []);
  const losses = await query.of([...areas.map(({ id }) => id), ...heads], period);
  const rows = feeders.map((feeder) => {
    const below = byFeeder.get(feeder.id) ?? [];
    const inState = (state: LossState): number =>
      below.filter(({ id }) => losses.byKey.get(id)?.state === state).length;
    const [qualified = 0, high = 0, negative = 0, uncomputable = 0] = LOSS_STATES.map(inState);
    const key = headKey(index, feeder.id);
    const head = key === null ? undefined : losses.byKey.get(key);
    return {
      feeder: feeder.id,
      name: feeder.name,
      district: feeder.district,
      areas: { total: below.length, qualified, high, negative, uncomputable },
      sum: sumShape(sumOf(below, losses.byKey), query.bands),
      head: head ? sumShape(head.sum, query.bands) : null,
      trace: tracePath('feeders', feeder.id, period.name),
    };
  });
  return { rows, losses, sum: sumOf(areas, losses.byKey) };
}
