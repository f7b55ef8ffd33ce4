import type { TheftArea, TheftSign } from '#domain/anomalies/theft/theft-score.ts';

export const DAYS = 42;

interface Household {
  readonly meter: string;
  /** Wh a day. */
  readonly level: number;
  /** From this day on only `share` of the use is counted. */
  readonly theft?: { readonly day: number; readonly share: number };
  /** Away from this day on: nobody uses what the meter does not count. */
  readonly awayFrom?: number;
  readonly generator?: boolean;
  readonly signs?: readonly TheftSign[];
}

/**
 * An area whose meters count what is told of them, with the loss that follows from it: 3 % of the supply is lost on the
 * way, and what is used without being counted is lost too. `weather` multiplies the use of everybody by day.
 */
export function theftArea(
  households: readonly Household[],
  random: () => number,
  weather: (day: number) => number = () => 1,
): TheftArea {
  const lostWh = new Float64Array(DAYS);
  const members = households.map(({ meter, level, theft, awayFrom, generator = false, signs = [] }) => {
    const usageWh = new Float64Array(DAYS);
    for (let day = 0; day < DAYS; day++) {
      const present = awayFrom !== undefined && day >= awayFrom ? 0.05 : 1;
      const used = level * weather(day) * present * (0.8 + 0.4 * random());
      const counted = theft && day >= theft.day ? used * theft.share : used;
      usageWh[day] = Math.round(counted);
      lostWh[day] = (lostWh[day] ?? 0) + (used - counted) + used * 0.03 * (0.9 + 0.2 * random());
    }
    return { meter, generator, usageWh, signs };
  });
  return { lostWh, members };
}

export function households(count: number, random: () => number): Household[] {
  return Array.from({ length: count }, (_, i) => ({ meter: `m${i}`, level: 3000 + 9000 * random() }));
}
