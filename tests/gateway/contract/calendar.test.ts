import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot, slotAt, slotsBetween, slotsOfDay } from '#contract/calendar.ts';
import type { Calendar } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, isoLocal } from '#contract/zone.ts';

const zones = fc.constantFrom(
  'Asia/Shanghai',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Cairo',
  'America/Havana',
  'America/Nuuk',
);
const dates = fc.integer({ min: 0, max: 9131 }).map((day) => addDays('2012-01-01', day));
const calendars = fc.constantFrom<Calendar>(
  { every: 'day' },
  { every: 'month' },
  { everyS: 900 },
  { everyS: 3600 },
  { everyS: 7200 },
  { everyS: 86_400 },
);
const DAY: Calendar = { every: 'day' };
const QUARTERS: Calendar = { everyS: 900 };

describe('slots of a day', () => {
  it('are 96 quarter hours, and four fewer or more when the clock changes', () => {
    const count = (zone: string, date: string): number => slotsOfDay(QUARTERS, zone, date).length;
    expect(count('Asia/Shanghai', '2026-11-20')).toBe(96);
    expect(count('Europe/Berlin', '2026-03-29')).toBe(92);
    expect(count('Europe/Berlin', '2026-10-25')).toBe(100);
    expect(count('Australia/Lord_Howe', '2026-04-05')).toBe(98);
    expect(count('Australia/Lord_Howe', '2026-10-04')).toBe(94);
  });

  it('name the freeze by the midnight that begins it, and the month by its first', () => {
    const [freeze] = slotsOfDay(DAY, 'Asia/Shanghai', '2026-11-20');
    expect(isoLocal('Asia/Shanghai', freeze ?? 0)).toBe('2026-11-20T00:00:00.000+08:00');
    expect(slotsOfDay({ every: 'month' }, 'Asia/Shanghai', '2026-11-20')).toEqual([]);
    expect(slotsOfDay({ every: 'month' }, 'Asia/Shanghai', '2026-12-01')).toHaveLength(1);
  });

  it('do not name one midnight twice where a date was left out', () => {
    const zone = 'Pacific/Apia';
    expect(slotsOfDay(DAY, zone, '2011-12-30')).toEqual([]);
    const slots = slotsBetween(DAY, zone, instantOf(zone, '2011-12-28'), instantOf(zone, '2012-01-02'));
    expect(slots.map((slot) => dateOf(zone, slot))).toEqual(['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01']);
  });

  it('lie inside their day, ascending, each once', () => {
    fc.assert(
      fc.property(calendars, zones, dates, (calendar, zone, date) => {
        const slots = slotsOfDay(calendar, zone, date);
        expect(slots.every((slot) => dateOf(zone, slot) === date)).toBe(true);
        expect(slots.every((slot, i) => i === 0 || slot > (slots[i - 1] ?? slot))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('slots of a span', () => {
  it('are the slots of its days together: the sum of the days is the total', () => {
    fc.assert(
      fc.property(calendars, zones, dates, fc.integer({ min: 0, max: 40 }), (calendar, zone, from, days) => {
        const parts = Array.from({ length: days }, (_, i) => slotsOfDay(calendar, zone, addDays(from, i))).flat();
        expect(slotsBetween(calendar, zone, instantOf(zone, from), instantOf(zone, addDays(from, days)))).toEqual(
          parts,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('are cut anywhere without losing or doubling one', () => {
    const cuts = fc.tuple(fc.nat(10 * 86_400_000), fc.nat(10 * 86_400_000), fc.nat(10 * 86_400_000));
    fc.assert(
      fc.property(calendars, zones, dates, cuts, (calendar, zone, date, offsets) => {
        const base = instantOf(zone, date);
        const [a = 0, b = 0, c = 0] = offsets.map((offset) => base + offset).sort((x, y) => x - y);
        const whole = slotsBetween(calendar, zone, a, c);
        expect([...slotsBetween(calendar, zone, a, b), ...slotsBetween(calendar, zone, b, c)]).toEqual(whole);
        expect(whole.every((slot) => slot >= a && slot < c)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('include a slot at the beginning of the span and none at its end', () => {
    const start = instantOf('Asia/Shanghai', '2026-11-20', 36_900);
    expect(slotsBetween(QUARTERS, 'Asia/Shanghai', start, start + 1_800_000)).toEqual([start, start + 900_000]);
    expect(slotsBetween(QUARTERS, 'Asia/Shanghai', start + 1, start + 900_000)).toEqual([]);
  });

  it('are empty when the span is', () => {
    expect(slotsBetween(QUARTERS, 'Asia/Shanghai', 1000, 1000)).toEqual([]);
    expect(slotsBetween(QUARTERS, 'Asia/Shanghai', 1000, 0)).toEqual([]);
  });
});

describe('the slot at an instant', () => {
  it('is the last one not after it, and the next slot follows directly', () => {
    fc.assert(
      fc.property(calendars, zones, dates, fc.nat(86_400_000), (calendar, zone, date, offset) => {
        const at = instantOf(zone, date) + offset;
        const current = slotAt(calendar, zone, at);
        const next = nextSlot(calendar, zone, at);
        expect(current).toBeLessThanOrEqual(at);
        expect(next).toBeGreaterThan(at);
        expect(slotsBetween(calendar, zone, current, next + 1)).toEqual([current, next]);
      }),
      { numRuns: 300 },
    );
  });
});
