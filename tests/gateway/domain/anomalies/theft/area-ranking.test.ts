import { expect, it } from 'vitest';
import { rankAreas } from '#domain/anomalies/theft/area-ranking.ts';

it('puts the area first that lost most beyond the usual, not the largest', () => {
  const area = (id: string, suppliedWh: number, lostWh: number, computableDays = 30, suspects = 0) => ({
    area: id,
    suppliedWh,
    lostWh,
    computableDays,
    suspects,
  });
  const ranked = rankAreas(
    [
      area('large', 1_000_000, 45_000),
      area('odd', 100_000, 20_000),
      area('gone', 0, 0, 0),
      area('calm', 100_000, 2000),
    ],
    4,
  );
  expect(ranked.map(({ area: id, unexplainedWh }) => [id, unexplainedWh])).toEqual([
    ['odd', 16_000],
    ['large', 5000],
    ['calm', 0],
  ]);
});
