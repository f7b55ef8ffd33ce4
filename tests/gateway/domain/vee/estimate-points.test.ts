import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { estimatePoints, MOST_POINTS_ON_A_LINE } from '#domain/vee/estimate-points.ts';
import { divided, shareOf, spread } from '#domain/vee/estimate-shares.ts';

const model = meterModel('dlt645-1ph');
if (!model) throw new Error('the catalogue has no dlt645-1ph');
const QUARTER = 900_000;
const slotsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => (i + 1) * QUARTER);
const end = (count: number, wh: number) => ({ at: (count + 1) * QUARTER, wh });
const whs = (answer: ReturnType<typeof estimatePoints>): unknown =>
  answer.method === null ? answer.why : [answer.method, answer.points.map(({ wh }) => wh)];

describe('missing points of a profile', () => {
  test('lie on a line for up to two hours', () => {
    const found = estimatePoints({ at: 0, wh: 100 }, end(3, 140), slotsOf(3), model, () => null);
    expect(whs(found)).toEqual(['interpolation', [110, 120, 130]]);
  });

  test('take the usual shape of the day, scaled to the registers, when there are more', () => {
    const shape = (from: number): number => (from < 5 * QUARTER ? 3 : 1);
    const count = MOST_POINTS_ON_A_LINE + 1;
    const found = estimatePoints({ at: 0, wh: 0 }, end(count, 200), slotsOf(count), model, shape);
    expect(whs(found)).toEqual(['scaling', [30, 60, 90, 120, 150, 160, 170, 180, 190]]);
  });

  test('run evenly when the shape says nothing or too much', () => {
    const even = ['scaling', [300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700]];
    const at = (shape: (from: number) => number | null, total: number): unknown =>
      whs(estimatePoints({ at: 0, wh: 0 }, end(9, total), slotsOf(9), model, shape));
    expect(at(() => null, 3000)).toEqual(even);
    // 15.84 kW for a quarter hour is 3960 Wh and a step: all of 4500 Wh within the first one is too much.
    expect(at((from) => Number(from === 0), 3000)).toEqual(['scaling', Array(9).fill(3000)]);
    expect(at((from) => Number(from === 0), 4500)).toEqual(['scaling', slotsOf(9).map((_, i) => (i + 1) * 450)]);
  });

  test('are not filled between registers that contradict each other', () => {
    expect(whs(estimatePoints({ at: 0, wh: 10 }, end(1, 9), slotsOf(1), model, () => null))).toBe('registers_reversed');
    expect(whs(estimatePoints({ at: 0, wh: 0 }, end(1, 8000), slotsOf(1), model, () => null))).toBe('beyond_capacity');
  });
});

describe('shares', () => {
  test('are exact beyond 2^53', () => {
    expect(shareOf(999_999_999, 2_678_399_999, 2_678_400_000)).toBe(999_999_998);
    expect(shareOf(1_000_000_000, 1_339_200_000, 2_678_400_000)).toBe(500_000_000);
  });

  test('rise, end at the total, and of no weights give everything to the last', () => {
    expect(spread(7, [0, 0, 0])).toEqual([0, 0, 7]);
    fc.assert(
      fc.property(
        fc.nat(1_000_000_000),
        fc.array(fc.nat(90_000_000), { minLength: 1, maxLength: 60 }),
        (total, weights) => {
          const parts = spread(total, weights);
          expect(parts.at(-1)).toBe(total);
          for (const [i, part] of parts.entries()) expect(part).toBeGreaterThanOrEqual(parts[i - 1] ?? 0);
        },
      ),
    );
  });

  test('divide every number of units so that parts sum to it and none falls when it rises', () => {
    expect(divided(1, [0, 0])).toBeNull();
    expect(divided(0, [0, 0])).toEqual([0, 0]);
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), (sizes) => {
        const whole = sizes.reduce((sum, size) => sum + size, 0);
        if (whole === 0) return;
        let last = sizes.map(() => 0);
        for (let units = 0; units <= whole; units++) {
          const parts = divided(units, sizes) ?? [];
          expect(parts.reduce((sum, part) => sum + part, 0)).toBe(units);
          for (const [i, part] of parts.entries()) expect(part).toBeGreaterThanOrEqual(last[i] ?? 0);
          last = parts;
        }
        expect(last).toEqual(sizes);
      }),
    );
  });
});
