import type { LossState } from '#domain/line-loss/loss.ts';
import type { LossSum } from '#domain/line-loss/loss-sum.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { areasIn, type Losses, type LossQuery, sumOf } from './line-loss.ts';
import { type LossPeriod, periodWarnings } from './line-loss-period.ts';
import { areaShape } from './line-loss-shapes.ts';
import type { AreaLossRow } from './line-loss-sheet.ts';
import { totalRow } from './line-loss-total.ts';

export interface AreaFilter {
  readonly district?: string;
  readonly feeder?: string;
  readonly state?: LossState;
}

/** Rows of the areas that a filter leaves, ascending by id, with their sum. Throws unknown_district, unknown_feeder. */
export async function areaRows(
  query: LossQuery,
  index: RegistryIndex,
  period: LossPeriod,
  { district, feeder, state }: AreaFilter,
): Promise<{ rows: AreaLossRow[]; total: AreaLossRow; warnings: string[]; partial: string[]; losses: Losses }> {
  checkScope(index, district, feeder);
  const areas = areasIn(index, district, feeder);
  const losses = await query.of(
    areas.map(({ id }) => id),
    period,
  );
  const { bands } = query;
  const wanted = areas.filter(({ id }) => state === undefined || losses.byKey.get(id)?.state === state);
  const rows = wanted.flatMap((area) => {
    const loss = losses.byKey.get(area.id);
    return loss ? [areaShape(index, area, loss, period.name, bands)] : [];
  });
  return {
    rows,
    total: totalRow(rows, wanted, losses.byKey, bands),
    warnings: warningsOf(period, losses),
    partial: partialWarnings(sumOf(wanted, losses.byKey)),
    losses,
  };
}

export function warningsOf(period: LossPeriod, { notKept }: Pick<Losses, 'notKept'>): string[] {
  const missing = notKept.length === 0 ? [] : [`nothing is kept of ${notKept.join(', ')}`];
  return [...periodWarnings(period), ...missing];
}

/** Whys of area days that cannot be computed although they are over and kept, and the area was in service. */
const UNTOLD: ReadonlySet<string> = new Set(['not_kept', 'not_over', 'area_removed', 'area_stopped']);

/** What a reader of energies that were added up must be told: a part of the areas or days is not in them. */
export function partialWarnings({ days, notIn }: LossSum): string[] {
  const whys = Object.entries(notIn)
    .filter(([why]) => !UNTOLD.has(why))
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (whys.length === 0) return [];
  const left = whys.reduce((sum, [, count]) => sum + count, 0);
  const reasons = whys.map(([why, count]) => `${why} ${count}`).join(', ');
  return [`energies leave out ${left} of ${days} area days that cannot be computed: ${reasons}`];
}

export function checkScope(index: RegistryIndex, district: string | undefined, feeder: string | undefined): void {
  if (district !== undefined && !index.registry.districts.some(({ id }) => id === district)) {
    throw new ApiProblem('unknown_district', `no district has the id ${district}`);
  }
  if (feeder !== undefined && !index.feeder(feeder)) {
    throw new ApiProblem('unknown_feeder', `no feeder has the id ${feeder}`);
  }
}
