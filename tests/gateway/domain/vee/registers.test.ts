import { describe, expect, it } from 'vitest';
import { instantOf } from '#contract/zone.ts';
import { ZONE } from '../site.ts';
import { FIRST, judged, MODEL, raw, registers, rules, stay } from './days.ts';

const NONE = Number.NaN;
const KWH = 1000;
/** 60 A × 220 V × 1.2 over a day, and one step of 10 Wh. */
const MOST_DAY_WH = 380_170;

describe('a lower register', () => {
  it('is told on its own day and moves no baseline: 1000, 0, 1010 kWh is no giant consumption', () => {
    const found = judged([1000 * KWH, 0, 1010 * KWH]);
    expect([...found.keys()]).toEqual(['register_reversed@1']);
    expect(found.get('register_reversed@1')).toMatchObject({ lastGoodWh: 1000 * KWH, registerWh: 0, days: 1 });
  });

  it('that was suspect when it arrived is told the same, with the value that counts for nothing', () => {
    const raws = new Map([[1, raw(0, ['register_reversed'])]]);
    const found = judged([1000 * KWH, NONE, 1010 * KWH], {}, { raws });
    expect([...found.keys()]).toEqual(['register_reversed@1']);
    expect(found.get('register_reversed@1')).toMatchObject({ lastGoodWh: 1000 * KWH, registerWh: 0 });
  });

  it('leaves the energy of both days to the day after, as one use of ten kWh', () => {
    const silent = { stays: [] };
    const found = judged([1000 * KWH, 0, 1010 * KWH], silent);
    expect(found.get('usage_inactive@2')).toMatchObject({ usedWh: 10 * KWH, days: 2, usageDate: '2026-10-05' });
  });

  it('stays the odd one however often it is repeated', () => {
    expect(rules([1000 * KWH, 0, 0, 0, 1010 * KWH])).toEqual([1, 2, 3].map((day) => `register_reversed@${day}`));
  });

  it('at the beginning of what is known gives way to later ones that agree', () => {
    const agreeing = [30_000 * KWH, 30_010 * KWH, 30_020 * KWH, 30_030 * KWH];
    expect(rules([1000, ...agreeing])).toEqual(['register_jump@1', 'register_jump@2']);
    const wildFirst = [90_000, 30_000, 30_010, 30_020, 30_030].map((kwh) => kwh * KWH);
    expect(rules(wildFirst)).toEqual(['register_reversed@1', 'register_reversed@2', 'register_reversed@3']);
    expect(rules([30_000 * KWH, 0, 30_010 * KWH])).toEqual(['register_reversed@1']);
  });

  it('of zero before any other makes no jump of the good one after it', () => {
    const good = [30_000, 30_010, 30_020, 30_030].map((kwh) => kwh * KWH);
    expect(rules([0, ...good])).toEqual([]);
    expect(rules([NONE, 0, NONE, ...good])).toEqual([]);
  });

  it('of zero is where a meter begins that was put in with it', () => {
    const stays = [stay({ from: instantOf(ZONE, FIRST), startWh: 0 })];
    expect(rules([0, 5_000_000, 20_000], { stays })).toEqual(['register_jump@1']);
    expect(rules([0, 9000, 20_000], { stays })).toEqual([]);
  });

  it('by one Wh is told, and the same register is not', () => {
    expect(rules([5000, 4999])).toEqual(['register_reversed@1']);
    expect(rules([5000, 5000])).toEqual([]);
  });
});

describe('register_jump', () => {
  it('speaks above what the meter can carry in the time, and a gap gives it more time', () => {
    expect(rules([1000, 1000 + MOST_DAY_WH])).toEqual([]);
    expect(rules([1000, 1000 + MOST_DAY_WH + 1])).toEqual(['register_jump@1']);
    expect(rules([1000, NONE, 1000 + MOST_DAY_WH + 1])).toEqual([]);
  });

  it('moves no baseline: the next good register is not lower than it', () => {
    expect(rules([1000, 5_000_000, 20_000])).toEqual(['register_jump@1']);
  });

  it('knows days of 23 and of 25 hours', () => {
    const zone = 'Europe/Berlin';
    const short = 15_840 * 23 + 10;
    const long = 15_840 * 25 + 10;
    expect(rules([1000, 1000 + short], {}, { zone, first: '2026-03-29' })).toEqual([]);
    expect(rules([1000, 1000 + short + 1], {}, { zone, first: '2026-03-29' })).toEqual(['register_jump@1']);
    expect(rules([1000, 1000 + long], {}, { zone, first: '2026-10-25' })).toEqual([]);
    expect(rules([1000, 1000 + long + 1], {}, { zone, first: '2026-10-25' })).toEqual(['register_jump@1']);
  });
});

describe('register_rollover', () => {
  const end = MODEL.rolloverWh;

  it('takes a register near its end and one near zero for a turn, and goes on from there', () => {
    expect(rules([end - 5000, 5000, 15_000])).toEqual(['register_rollover@1']);
  });

  it('takes none that would have counted more than the meter can', () => {
    expect(rules([end - 5000, MOST_DAY_WH - 5000])).toEqual(['register_rollover@1']);
    expect(rules([end - 5000, MOST_DAY_WH - 4999])).toEqual(['register_reversed@1']);
  });
});

describe('what a rule said when the reading arrived', () => {
  it('is told with what the meter gave', () => {
    const raws = new Map([[1, raw(6000, ['rates_mismatch', 'voltage_implausible'], { ratesWh: 4000 })]]);
    const found = judged([5000, NONE, 7000], {}, { raws });
    expect([...found.keys()]).toEqual(['rates_mismatch@1', 'voltage_implausible@1']);
    expect(found.get('rates_mismatch@1')).toEqual({ registerWh: 6000, ratesWh: 4000 });
  });

  it('about its time stamp is told with how far it is off, and names the day that it repeats', () => {
    const meterTime = Date.parse('2026-10-05T00:00:00+08:00');
    const raws = new Map([[1, raw(5000, ['freeze_time'], { meterTime })]]);
    const found = judged([5000, NONE, 7000], {}, { raws });
    expect([...found.keys()]).toEqual(['freeze_repeated@1', 'freeze_time@1']);
    expect(found.get('freeze_time@1')).toEqual({ registerWh: 5000, offsetS: -86_400 });
    expect(found.get('freeze_repeated@1')).toEqual({ registerWh: 5000, sameAsDate: '2026-10-05' });
  });

  it('as a note stands beside a value that counts', () => {
    const raws = new Map([[1, raw(7000, ['demand_over_capacity'])]]);
    expect(rules([5000, 7000], {}, { raws })).toEqual(['demand_over_capacity@1']);
  });
});

describe('freeze_repeated', () => {
  const used = [3, 4, 5, 3, 4, 5, 3].map((kwh) => kwh * KWH);

  it('speaks when a meter that counts every day repeats the register of the day before', () => {
    const found = judged(registers(1_000_000, [...used, 0]));
    expect([...found.keys()]).toEqual(['freeze_repeated@8']);
    expect(found.get('freeze_repeated@8')).toMatchObject({ sameAsDate: '2026-10-12', lowestDayWh: 3000 });
  });

  it('is quiet below seven days, and for a meter that had counted little before', () => {
    expect(rules(registers(1_000_000, [...used.slice(1), 0]))).not.toContain('freeze_repeated@7');
    expect(rules(registers(1_000_000, [...used.with(0, 999), 0]))).not.toContain('freeze_repeated@8');
    expect(rules(registers(1_000_000, [...used.with(0, 1000), 0]))).toContain('freeze_repeated@8');
    expect(rules(registers(1_000_000, [...used, 1]))).not.toContain('freeze_repeated@8');
  });
});
