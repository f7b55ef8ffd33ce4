import type { DayParameters } from '../parameters.ts';

/** A point of the load profile: the import register at a slot, UTC ms and Wh as the meter shows it. */
export interface RegisterPoint {
  readonly slot: number;
  readonly importWh: number;
}

export interface SumCheck {
  /** Sum of the differences between successive points. */
  readonly sumWh: number;
  /** Difference of the two day freezes. */
  readonly dayWh: number;
  readonly toleranceWh: number;
  readonly points: number;
  readonly fits: boolean;
}

/**
 * Holds a profile against the day's freezes: |Σ differences of successive points − (end − start)| within the larger of
 * `sumWh` and `sumShare` of the day. Points are ascending. Null, not judged, unless points stand at both ends of the
 * day: in between, points that are missing lose no energy. A point that is lower than the one before adds the
 * difference as it is, so one odd point cancels itself out, and one at an end shows.
 */
export function sumCheck(
  points: readonly RegisterPoint[],
  from: RegisterPoint,
  to: RegisterPoint,
  p: Pick<DayParameters, 'sumWh' | 'sumShare'>,
): SumCheck | null {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first.slot !== from.slot || last.slot !== to.slot) return null;
  let sumWh = 0;
  for (const [i, point] of points.entries()) if (i > 0) sumWh += point.importWh - (points[i - 1]?.importWh ?? 0);
  const dayWh = to.importWh - from.importWh;
  const toleranceWh = Math.max(p.sumWh, Math.abs(dayWh) * p.sumShare);
  return { sumWh, dayWh, toleranceWh, points: points.length, fits: Math.abs(sumWh - dayWh) <= toleranceWh };
}
