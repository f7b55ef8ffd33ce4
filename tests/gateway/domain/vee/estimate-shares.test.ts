import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divided, shareOf, spread } from '#domain/vee/estimate-shares.ts';

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
