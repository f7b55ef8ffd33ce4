import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { jumpOf, lossState, percentOf } from '#domain/line-loss/loss.ts';
import { checksOf } from '#domain/line-loss/loss-checks.ts';
import { NO_LOSS } from '#domain/line-loss/loss-sum.ts';
import { BANDS } from './loss-site.ts';

describe('a rate', () => {
  it.each([
    [1, 8, 12.5],
    [1, 3, 33.33],
    [2, 3, 66.67],
    [-2, 3, -66.67],
    [1, 20_000, 0.01],
    [-1, 20_000, -0.01],
    [1, 20_001, 0],
    [9_007_199_254_740_991, 9_007_199_254_740_991, 100],
    [5, 0, null],
    [5, -3, null],
    [null, 5, null],
  ])('of %j by %j is %j', (part, whole, rate) => {
    expect(percentOf(part, whole)).toBe(rate);
  });

  it('is rounded half away from zero, to within half a hundredth of the exact one', () => {
    const big = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(big, fc.integer({ min: 1, max: 1_000_000_000 }), (part, whole) => {
        const hundredths = BigInt(Math.round((percentOf(part, whole) ?? 0) * 100));
        const twice = 2n * (BigInt(part) * 10_000n - hundredths * BigInt(whole));
        expect(twice <= BigInt(whole) && twice >= -BigInt(whole)).toBe(true);
        expect(percentOf(-part, whole)).toBeCloseTo(-(percentOf(part, whole) ?? 0), 9);
      }),
    );
  });
});

describe('the band of a loss', () => {
  it.each([
    [60_000, 'qualified'],
    [60_001, 'high'],
    [-10_000, 'qualified'],
    [-10_001, 'negative'],
    [0, 'qualified'],
  ])('of %d Wh lost of 1 MWh is %s', (lostWh, state) => {
    expect(lossState({ suppliedWh: 1_000_000, soldWh: 1_000_000 - lostWh, lostWh }, BANDS)).toBe(state);
  });

  it('is exact for limits that no binary fraction is', () => {
    const bands = { ...BANDS, lossHighPercent: 7 };
    expect(lossState({ suppliedWh: 100, soldWh: 93, lostWh: 7 }, bands)).toBe('qualified');
    expect(lossState({ suppliedWh: 1000, soldWh: 939, lostWh: 61 }, { ...BANDS, lossHighPercent: 6.1 })).toBe(
      'qualified',
    );
  });

  it('is none without a loss', () => {
    expect(lossState({ suppliedWh: null, soldWh: null, lostWh: null }, BANDS)).toBe('uncomputable');
  });
});

describe('a jump', () => {
  it.each([
    [1300, 1000, { percent: 30, kind: null }],
    [1301, 1000, { percent: 30.1, kind: 'rise' }],
    [699, 1000, { percent: -30.1, kind: 'fall' }],
    [1000, -1000, { percent: 200, kind: 'rise' }],
    [null, 1000, null],
    [1000, null, null],
    [1000, 0, null],
  ])('to %j from %j is %j', (now, before, jump) => {
    expect(jumpOf(now, before, 30)).toEqual(jump);
  });
});

describe('what is to be checked', () => {
  const facts = {
    sum: { ...NO_LOSS, computable: 1 },
    state: 'qualified',
    stoppedSupplyWh: 0,
    exporting: 0,
    isMonth: true,
  } as const;

  test.each([
    ['a stopped area that was supplied', { sum: NO_LOSS, stoppedSupplyWh: 200_001 }, ['stopped_but_supplied']],
    ['a stopped area that was supplied little', { sum: NO_LOSS, stoppedSupplyWh: 200_000 }, []],
    [
      'much supply in a month of high loss',
      { sum: { ...NO_LOSS, computable: 1, suppliedWh: 1_000_001 }, state: 'high' },
      ['high_loss_large_supply'],
    ],
    [
      'much supply in a day of high loss',
      { sum: { ...NO_LOSS, computable: 1, suppliedWh: 1_000_001 }, state: 'high', isMonth: false },
      [],
    ],
    ['little supply', { sum: { ...NO_LOSS, computable: 2, suppliedWh: 19_999 } }, ['small_supply']],
    [
      'a high loss with customers missing',
      { sum: { ...NO_LOSS, computable: 1, suppliedWh: 20_000, partial: 1 }, state: 'high' },
      ['missing_may_explain'],
    ],
    ['feeding back', { sum: NO_LOSS, exporting: 1 }, ['feeds_back_unrecorded']],
  ] as const)('%s', (_what, over, checks) => {
    expect(checksOf({ ...facts, ...over })).toEqual(checks);
  });
});
