import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayIndex, EPOCH_S } from '../../../simulators/clock/local-time.ts';
import { BaseLoad } from '../../../simulators/load/base-load.ts';
import { addSegments, BLOCK_DAYS, DayCache, TOTALS } from '../../../simulators/load/day-source.ts';
import { EnergyTrack } from '../../../simulators/load/energy-track.ts';
import { FactorLine } from '../../../simulators/load/factor-line.ts';

const SPECS = [
  { kind: 'resident', meanWhPerDay: 8_000, pvPeakW: 0 },
  { kind: 'commercial', meanWhPerDay: 60_000, pvPeakW: 0 },
  { kind: 'resident', meanWhPerDay: 6_000, pvPeakW: 3_000 },
] as const;
const load = (seed: number, which: number) => new BaseLoad(seed, SPECS[which] ?? SPECS[0], new DayCache(64));
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const which = fc.integer({ min: 0, max: 2 });
const day = fc.integer({ min: 0, max: 1_200 });
const second = fc.integer({ min: EPOCH_S, max: EPOCH_S + 1_200 * 86_400 });
const scaling = fc.record({
  fromS: second,
  untilS: second,
  factor: fc.constantFrom(0, 0.6, 2 / 3, 1),
});

describe('the load of a customer', () => {
  it('adds up days to exactly the sum of their quarter hours, by rate and direction', () => {
    fc.assert(
      fc.property(seed, which, day, (s, w, d) => {
        const source = load(s, w);
        const quick = new Float64Array(TOTALS);
        const slow = new Float64Array(TOTALS);
        const block = Math.floor(d / BLOCK_DAYS);
        const count = 1 + (d % BLOCK_DAYS);
        source.addDays(block, count, quick);
        for (let i = 0; i < count; i++) addSegments(source.segments(block * BLOCK_DAYS + i), slow);
        expect(quick).toEqual(slow);
        expect(source.segments(d).imports.every((energy) => Number.isSafeInteger(energy) && energy >= 0)).toBe(true);
      }),
    );
  });

  it('is the same for the same seed and another for another', () => {
    expect(load(1, 0).segments(700)).toEqual(load(1, 0).segments(700));
    expect(load(1, 0).segments(700)).not.toEqual(load(2, 0).segments(700));
  });

  it('comes to about its yearly mean', () => {
    for (const w of [0, 1]) {
      const totals = new Float64Array(TOTALS);
      for (let block = 0; block < 23; block++) load(5, w).addDays(block, BLOCK_DAYS, totals);
      const mean = sum(totals) / (23 * BLOCK_DAYS) / 1000;
      expect(mean / (SPECS[w]?.meanWhPerDay ?? 1)).toBeGreaterThan(0.9);
      expect(mean / (SPECS[w]?.meanWhPerDay ?? 1)).toBeLessThan(1.2);
    }
  });

  it('peaks in the evening of a winter workday and feeds in at noon where there are panels', () => {
    const winter = dayIndex(Date.parse('2026-01-14T12:00:00+08:00') / 1000);
    const mean = new Float64Array(24);
    for (let s = 0; s < 60; s++) {
      load(s, 0)
        .segments(winter)
        .imports.forEach((energy, quarter) => {
          mean[quarter >> 2] = (mean[quarter >> 2] ?? 0) + energy;
        });
    }
    expect(mean.indexOf(Math.max(...mean))).toBe(19);
    expect(mean[3]).toBeLessThan((mean[19] ?? 0) / 3);
    const { exports } = load(3, 2).segments(dayIndex(Date.parse('2026-05-06T12:00:00+08:00') / 1000));
    expect(sum(exports.subarray(44, 56))).toBeGreaterThan(0);
    expect(sum(exports.subarray(0, 16)) + sum(exports.subarray(84))).toBe(0);
  });
});

describe('an energy track', () => {
  it('never counts backwards, whatever takes the power away', () => {
    fc.assert(
      fc.property(seed, which, fc.array(scaling, { maxLength: 4 }), second, fc.nat(200_000), (s, w, f, from, step) => {
        const track = new EnergyTrack(load(s, w), new FactorLine(f));
        const before = track.at(from);
        const after = track.at(from + step);
        expect(after.every((energy, i) => energy >= (before[i] ?? 0))).toBe(true);
      }),
    );
  });

  it('gives the same sums in whatever order the seconds are asked for', () => {
    fc.assert(
      fc.property(
        seed,
        fc.array(scaling, { maxLength: 3 }),
        fc.array(second, { minLength: 2, maxLength: 8 }),
        (s, f, t) => {
          const jumping = new EnergyTrack(load(s, 0), new FactorLine(f));
          const seen = t.map((one) => jumping.at(one));
          expect(t.map((one) => new EnergyTrack(load(s, 0), new FactorLine(f)).at(one))).toEqual(seen);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('grows inside a quarter hour by the present power', () => {
    fc.assert(
      fc.property(seed, second, (s, from) => {
        const track = new EnergyTrack(load(s, 0), new FactorLine([]));
        const start = EPOCH_S + Math.floor((from - EPOCH_S) / 900) * 900;
        const grown = sum(track.at(start + 600)) - sum(track.at(start));
        expect(Math.abs(grown - (track.plainPowerW(start) * 600 * 1000) / 3600)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('counts nothing while a factor is zero and a part while it is a part', () => {
    const t0 = EPOCH_S + 500 * 86_400 + 36_123;
    const plain = new EnergyTrack(load(9, 0), new FactorLine([]));
    const none = new EnergyTrack(load(9, 0), new FactorLine([{ fromS: t0, untilS: t0 + 5_000, factor: 0 }]));
    const part = new EnergyTrack(
      load(9, 0),
      new FactorLine([{ fromS: t0, untilS: Number.POSITIVE_INFINITY, factor: 0.5 }]),
    );
    expect(sum(none.at(t0 + 4_999)) - sum(none.at(t0))).toBe(0);
    expect(none.at(t0)).toEqual(plain.at(t0));
    const later = (track: EnergyTrack): number => sum(track.at(t0 + 90_000)) - sum(track.at(t0 + 5_000));
    expect(Math.abs(later(none) - later(plain))).toBeLessThan(10);
    const all = (track: EnergyTrack): number => sum(track.at(t0 + 90_000)) - sum(track.at(t0));
    expect(Math.abs(all(part) - all(plain) / 2)).toBeLessThan(200);
  });

  it('keeps what it counted before a change', () => {
    const t0 = EPOCH_S + 200 * 86_400 + 7_000;
    const track = new EnergyTrack(load(4, 0), new FactorLine([]));
    const before = track.at(t0);
    track.at(t0 + 300 * 86_400);
    const stop = new FactorLine([{ fromS: t0, untilS: Number.POSITIVE_INFINITY, factor: 0 }]);
    track.change(stop, t0);
    expect(track.at(t0)).toEqual(before);
    expect(track.at(t0 + 300 * 86_400)).toEqual(before);
  });
});
