import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanEveryS, nextSlot, slotAt, slotsBetween, slotsOfDay } from '#contract/calendar.ts';
import { cronFault } from '#contract/cron-slots.ts';
import type { Calendar } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';

const SHANGHAI = 'Asia/Shanghai';
const BERLIN = 'Europe/Berlin';
const DAY_MS = 86_400_000;
const office: Calendar = { cron: '*/15 8-17 * * 1-5' };

function times(slots: readonly number[], zone: string): string[] {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return slots.map((slot) => format.format(slot));
}

describe('a calendar by cron', () => {
  it('names the moments of the pattern in the time zone of the site', () => {
    expect(times(slotsOfDay({ cron: '30 6,18 * * *' }, SHANGHAI, '2026-11-20'), SHANGHAI)).toEqual(['06:30', '18:30']);
    // A Sunday, then a Monday.
    expect(slotsOfDay(office, SHANGHAI, '2026-11-22')).toEqual([]);
    expect(slotsOfDay(office, SHANGHAI, '2026-11-23')).toHaveLength(40);
  });

  it('has each moment once on a day of 25 hours and moves what a day of 23 hours leaves out', () => {
    expect(slotsOfDay({ cron: '*/30 * * * *' }, BERLIN, '2026-10-25')).toHaveLength(50);
    expect(slotsOfDay({ cron: '30 2 * * *' }, BERLIN, '2026-10-25')).toHaveLength(1);
    expect(times(slotsOfDay({ cron: '30 2 * * *' }, BERLIN, '2026-03-29'), BERLIN)).toEqual(['03:00']);
  });

  it('finds the slot before and after any instant as its list has them', () => {
    const from = Date.parse('2026-11-16T00:00:00+08:00');
    // With the days within which the pattern comes in any case.
    const patterns = [
      ['*/15 8-17 * * 1-5', 5],
      ['0 0 * * *', 3],
      ['5 */6 * * *', 3],
      ['*/7 * * * *', 2],
      ['0 12 1 * *', 33],
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...patterns), fc.integer({ min: 0, max: 30 * DAY_MS }), ([cron, days], ms) => {
        const at = from + ms;
        const all = slotsBetween({ cron }, SHANGHAI, at - days * DAY_MS, at + days * DAY_MS);
        expect(slotAt({ cron }, SHANGHAI, at)).toBe(all.findLast((slot) => slot <= at));
        expect(nextSlot({ cron }, SHANGHAI, at)).toBe(all.find((slot) => slot > at));
        for (const slot of all.slice(0, 50)) expect(slotAt({ cron }, SHANGHAI, slot)).toBe(slot);
      }),
      { numRuns: 60 },
    );
  });

  it('finds them round a change of the clock in whatever order it is asked', () => {
    const zones = [BERLIN, 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Santiago'];
    // With the days within which the pattern comes in any case.
    const patterns = [
      ['*/20 * * * *', 2],
      ['30 2 * * *', 3],
      ['0 0 * * *', 3],
      ['0 12 1 * *', 33],
      ['30 1 * * 0', 9],
    ] as const;
    const days = ['2026-03-28', '2026-04-04', '2026-04-23', '2026-09-05', '2026-10-03', '2026-10-24', '2026-10-29'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...days),
        fc.constantFrom(...patterns),
        fc.array(fc.integer({ min: 0, max: 3 * DAY_MS }), { minLength: 1, maxLength: 5 }),
        (zone, day, [cron, reach], offsets) => {
          const from = Date.parse(`${day}T00:00:00Z`);
          const all = slotsBetween({ cron }, zone, from - reach * DAY_MS, from + (3 + reach) * DAY_MS);
          for (const at of offsets.map((ms) => from + ms)) {
            expect(slotAt({ cron }, zone, at)).toBe(all.findLast((slot) => slot <= at));
            expect(nextSlot({ cron }, zone, at)).toBe(all.find((slot) => slot > at));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('lays every slot on the local day that lists it', () => {
    for (const date of ['2026-03-29', '2026-10-25', '2026-07-01']) {
      for (const slot of slotsOfDay({ cron: '*/20 * * * *' }, BERLIN, date)) expect(dateOf(BERLIN, slot)).toBe(date);
    }
  });

  it('says what is wrong with a pattern', () => {
    expect(cronFault('*/15 * * * *')).toBeNull();
    expect(cronFault('61 * * * *')).toMatch(/minute/i);
    expect(cronFault('* * * *')).not.toBeNull();
    expect(cronFault('*/5 * * * * *')).not.toBeNull();
    expect(cronFault('0 0 31 2 *')).toBe('it never comes');
  });

  it('has an average distance of its slots', () => {
    expect(meanEveryS({ cron: '*/15 * * * *' })).toBe(900);
    expect(Math.round(meanEveryS(office))).toBe(Math.round((7 * 86_400) / 200));
    expect(meanEveryS({ every: 'day' })).toBe(86_400);
  });
});
