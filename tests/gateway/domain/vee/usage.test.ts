import { describe, expect, it } from 'vitest';
import { judged, registers, rules, stay } from './days.ts';

const NONE = Number.NaN;
/** Monday to Friday and the weekend after, from 2026-10-05. */
const week = (wh: number, restWh = wh): number[] => [wh, wh, wh, wh, wh, restWh, restWh];
const ending = (dayWh: readonly number[], last: number): number[] => registers(1_000_000, [...dayWh, last]);

describe('usage_high', () => {
  const workdays = [...week(4000, 9000)];

  it('speaks above twice the highest similar day, and above the floor', () => {
    const found = judged(ending(workdays, 8001));
    expect(found.get('usage_high@8')).toMatchObject({ usedWh: 8001, similarHighestWh: 4000, similarDays: 5 });
    expect(rules(ending(workdays, 8000))).toEqual([]);
    expect(rules(ending(week(1000), 5000))).not.toContain('usage_high@8');
    expect(rules(ending(week(1000), 5001))).toContain('usage_high@8');
  });

  it('compares weekends with weekends', () => {
    const weeks = [...week(4000, 9000), ...week(4000, 9000), ...week(4000, 9000), ...week(4000, 9000).slice(0, 5)];
    expect(rules(ending(weeks, 18_000))).toEqual([]);
    expect(rules(ending(weeks, 18_001))).toContain('usage_high@27');
  });

  it('needs five similar days, and the energy of several days is shared among them', () => {
    expect(rules(registers(0, [4000, 4000, 4000, 4000, 8001]))).toEqual([]);
    const gap = [...registers(1_000_000, week(4000)), NONE];
    expect(rules([...gap, 1_000_000 + 7 * 4000 + 16_000])).toEqual([]);
    expect(rules([...gap, 1_000_000 + 7 * 4000 + 16_002])).toEqual(['usage_high@9']);
  });

  it('counts the floor with the transformer ratio', () => {
    const stays = [stay({ ratio: 40 })];
    expect(rules(ending(week(100), 201), { stays })).toContain('usage_high@8');
    expect(rules(ending(week(100), 201))).not.toContain('usage_high@8');
  });
});

describe('usage_low', () => {
  it('speaks below a fifth of the lowest similar day', () => {
    const found = judged(ending(week(5000), 999));
    expect([...found.keys()]).toEqual(['usage_low@8']);
    expect(found.get('usage_low@8')).toMatchObject({ usedWh: 999, similarLowestWh: 5000 });
    expect(rules(ending(week(5000), 1000))).toEqual([]);
  });

  it('is quiet about a meter that counted little before', () => {
    expect(rules(ending(week(999), 1))).toEqual([]);
    expect(rules(ending(week(1000), 1))).toEqual(['usage_low@8']);
  });
});

describe('usage_spike', () => {
  const days = [2000, 2000, 3000, 2000, 2000, 4000, 2000];

  it('speaks above 2.8 times the third highest of the days, itself among them', () => {
    const found = judged(ending(days, 8401));
    expect(found.get('usage_spike@8')).toMatchObject({ usedWh: 8401, thirdHighestWh: 3000, historyDays: 7 });
    expect(rules(ending(days, 8400))).not.toContain('usage_spike@8');
  });

  it('is quiet below the floor, below seven days, and after a gap', () => {
    expect(rules(ending([100, 200, 999, 100, 100, 1000, 100], 9000))).not.toContain('usage_spike@8');
    expect(rules(ending([100, 200, 1000, 100, 100, 1000, 100], 9000))).toContain('usage_spike@8');
    expect(rules(ending(days.slice(1), 9000))).not.toContain('usage_spike@7');
    const gap = [...registers(1_000_000, days), NONE, 1_000_000 + 17_000 + 20_000];
    expect(rules(gap)).not.toContain('usage_spike@9');
  });
});

describe('usage_zero', () => {
  it('is told once, on the seventh day on which the register stands still', () => {
    const found = judged(registers(5000, Array(12).fill(0)));
    expect([...found.keys()]).toEqual(['usage_zero@7']);
    expect(found.get('usage_zero@7')).toEqual({ registerWh: 5000, sinceDate: '2026-10-05', zeroDays: 7 });
  });

  it('waits for a value that shows it, and begins anew after the least energy', () => {
    const silent = [5000, 5000, 5000, 5000, 5000, 5000, 5000, NONE, NONE, 5000];
    expect(rules(silent)).toEqual(['usage_zero@9']);
    expect(rules(registers(5000, [0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0]))).toEqual([]);
  });
});

describe('usage_inactive', () => {
  const used = [5000, 5101];

  it('speaks above 0.1 kWh a day where no account may use any', () => {
    for (const of of [
      [stay({ status: 'disconnected' })],
      [stay({ status: 'closed' })],
      [stay({ account: null, status: null })],
      [],
    ]) {
      expect(rules(used, { stays: of })).toEqual(['usage_inactive@1']);
      expect(rules([5000, 5100], { stays: of })).toEqual([]);
    }
    expect(rules(used)).toEqual([]);
  });

  it('is quiet about supply and check meters, which serve no account', () => {
    expect(rules(used, { role: 'supply', stays: [stay({ account: null, status: null })] })).toEqual([]);
  });

  it('tells the account and its status', () => {
    expect(judged(used, { stays: [stay({ status: 'closed' })] }).get('usage_inactive@1')).toEqual({
      ...{ usageDate: '2026-10-05', usedWh: 101, days: 1, ratio: 1 },
      ...{ account: 'u1', status: 'closed' },
    });
  });
});

describe('reverse_energy', () => {
  const still = [5000, 5000];
  const exported = (wh: number) => ({ exportWh: [100, 100 + wh] });

  it('speaks above 1 kWh a day of a customer who is no generator', () => {
    expect(judged(still, {}, exported(1001)).get('reverse_energy@1')).toEqual({
      ...{ usageDate: '2026-10-05', exportedWh: 1001, ratio: 1 },
    });
    expect(rules(still, {}, exported(1000))).toEqual([]);
    expect(rules(still, { stays: [stay({ generator: true })] }, exported(9000))).toEqual([]);
    expect(rules(still, { role: 'supply' }, exported(9000))).toEqual([]);
  });

  it('is quiet without both registers, and about one that cannot be', () => {
    expect(rules(still, {}, { exportWh: [NONE, 5000] })).toEqual([]);
    expect(rules([...still, 5000], {}, { exportWh: [0, NONE, 5000] })).toEqual([]);
    expect(rules(still, {}, exported(380_171))).toEqual([]);
  });

  it('counts with the transformer ratio', () => {
    expect(rules(still, { stays: [stay({ ratio: 40 })] }, exported(26))).toEqual(['reverse_energy@1']);
    expect(rules(still, { stays: [stay({ ratio: 40 })] }, exported(25))).toEqual([]);
  });
});
