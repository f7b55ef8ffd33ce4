import { describe, expect, it } from 'vitest';
import { DAY_PARAMETERS } from '#domain/vee/parameters.ts';
import { sumCheck } from '#domain/vee/rules/sum.ts';

const QUARTER = 900_000;
const from = { slot: 0, importWh: 1000 };
const to = (importWh: number, quarters = 96) => ({ slot: quarters * QUARTER, importWh });
const points = (registers: readonly number[]) => registers.map((importWh, i) => ({ slot: i * QUARTER, importWh }));
const line = (endWh: number, quarters = 96) =>
  points(Array.from({ length: quarters + 1 }, (_, i) => 1000 + Math.round(((endWh - 1000) * i) / quarters)));

describe('the sum check', () => {
  it('allows 0.1 kWh, or a hundredth of the day where that is more', () => {
    expect(sumCheck(line(6000), from, to(6100), DAY_PARAMETERS)).toMatchObject({ fits: true, toleranceWh: 100 });
    expect(sumCheck(line(6000), from, to(6101), DAY_PARAMETERS)).toMatchObject({
      fits: false,
      sumWh: 5000,
      dayWh: 5101,
    });
    expect(sumCheck(line(100_800), from, to(101_000), DAY_PARAMETERS)?.toleranceWh).toBe(1000);
    expect(sumCheck(line(100_000), from, to(101_000), DAY_PARAMETERS)?.fits).toBe(true);
    expect(sumCheck(line(99_999), from, to(101_000), DAY_PARAMETERS)?.fits).toBe(false);
  });

  it('judges a day with holes, but none without both ends', () => {
    const holes = line(6000).filter((_, i) => i === 0 || i === 96 || i % 7 === 0);
    expect(sumCheck(holes, from, to(6000), DAY_PARAMETERS)?.fits).toBe(true);
    expect(sumCheck(line(6000).slice(1), from, to(6000), DAY_PARAMETERS)).toBeNull();
    expect(sumCheck(line(6000).slice(0, -1), from, to(6000), DAY_PARAMETERS)).toBeNull();
    expect(sumCheck([], from, to(6000), DAY_PARAMETERS)).toBeNull();
  });

  it('takes days of 92 and of 100 points as they are', () => {
    for (const quarters of [92, 100]) {
      expect(sumCheck(line(6000, quarters), from, to(6000, quarters), DAY_PARAMETERS)).toMatchObject({
        ...{ fits: true, points: quarters + 1 },
      });
    }
  });
});
