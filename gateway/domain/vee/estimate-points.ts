import type { MeterModel } from '#contract/models.ts';
import { registerDifference } from '../usage/register-difference.ts';
import { mostWh } from '../validation/register.ts';
import type { NoEstimate } from './estimate-course.ts';
import type { KnownWh } from './estimate-history.ts';
import { spread } from './estimate-shares.ts';

/** Most missing points in a row that are taken to lie on a line: 8 quarter hours, the two hours of California VEE. */
export const MOST_POINTS_ON_A_LINE = 8;

export type PointEstimates =
  | { readonly method: 'interpolation' | 'scaling'; readonly points: readonly KnownWh[] }
  | { readonly method: null; readonly why: NoEstimate };

/**
 * Registers of missing points of a load profile between two points that count: on a line for up to 8 of them; a longer
 * gap takes the shape of like days, scaled so that the parts sum exactly to the difference of the registers. `shapeWh`
 * says the usual energy between two instants, whole Wh; where it says nothing, or asks for more than the meter can
 * carry, the course is even. Slots ascending between the two, UTC ms.
 */
export function estimatePoints(
  left: KnownWh,
  right: KnownWh,
  slots: readonly number[],
  model: MeterModel,
  shapeWh: (from: number, to: number) => number | null,
): PointEstimates {
  const most = mostWh(model, right.at - left.at);
  const { wh: totalWh } = registerDifference(left.wh, right.wh, model.rolloverWh, most);
  if (totalWh === null) return { method: null, why: 'registers_reversed' };
  if (totalWh > most) return { method: null, why: 'beyond_capacity' };
  const bounds = [left.at, ...slots, right.at];
  const pairs = bounds.slice(1).map((to, i) => [bounds[i] ?? to, to] as const);
  const even = spread(
    totalWh,
    pairs.map(([from, to]) => to - from),
  );
  const course = (whs: readonly number[]): KnownWh[] =>
    slots.map((at, i) => ({ at, wh: (left.wh + (whs[i] ?? 0)) % model.rolloverWh }));
  if (slots.length <= MOST_POINTS_ON_A_LINE) return { method: 'interpolation', points: course(even) };
  const weights = pairs.map(([from, to]) => shapeWh(from, to) ?? 0);
  const shaped = weights.some((weight) => weight > 0) ? spread(totalWh, weights) : even;
  const fits = shaped.every((wh, i) => {
    const [from = 0, to = 0] = pairs[i] ?? [];
    return wh - (shaped[i - 1] ?? 0) <= mostWh(model, to - from);
  });
  return { method: 'scaling', points: course(fits ? shaped : even) };
}
