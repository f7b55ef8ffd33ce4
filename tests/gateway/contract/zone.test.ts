import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dateOf,
  instantOf,
  isDate,
  isoLocal,
  isTimeZone,
  monthStart,
  nextMonth,
  offsetAt,
  secondsOf,
} from '#contract/zone.ts';

const HOUR = 3_600_000;

/** No DST, DST by an hour, by half an hour, across midnight in both directions, and the far ends of the clock. */
const ZONES = [
  'Asia/Shanghai',
  'UTC',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Cairo',
  'America/Havana',
  'America/Nuuk',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
];

const zones = fc.constantFrom(...ZONES);
/** Dates 2012-01-01 to 2036-12-31: after the last change of a zone at other than a quarter hour. */
const dates = fc.integer({ min: 0, max: 9131 }).map((day) => addDays('2012-01-01', day));
const instants = fc.integer({ min: Date.UTC(2012, 0, 2), max: Date.UTC(2036, 11, 31) });

function dayHours(zone: string, date: string): number {
  return (instantOf(zone, addDays(date, 1)) - instantOf(zone, date)) / HOUR;
}

describe('local days', () => {
  it('have 24 hours in Shanghai, and 23 or 25 hours in Berlin when the clock changes', () => {
    expect(dayHours('Asia/Shanghai', '2026-11-20')).toBe(24);
    expect(dayHours('Europe/Berlin', '2026-03-29')).toBe(23);
    expect(dayHours('Europe/Berlin', '2026-10-25')).toBe(25);
  });

  it('change by half an hour on Lord Howe', () => {
    expect(dayHours('Australia/Lord_Howe', '2026-04-05')).toBe(24.5);
    expect(dayHours('Australia/Lord_Howe', '2026-10-04')).toBe(23.5);
  });

  it('have no length where the zone left the date out', () => {
    expect(dayHours('Pacific/Apia', '2011-12-30')).toBe(0);
    expect(dateOf('Pacific/Apia', instantOf('Pacific/Apia', '2011-12-30') - 1)).toBe('2011-12-29');
    expect(dateOf('Pacific/Apia', instantOf('Pacific/Apia', '2011-12-30'))).toBe('2011-12-31');
  });

  it('begin at 01:00 where midnight is skipped, and at the first midnight where there are two', () => {
    expect(isoLocal('Africa/Cairo', instantOf('Africa/Cairo', '2026-04-24'))).toBe('2026-04-24T01:00:00.000+03:00');
    expect(isoLocal('America/Havana', instantOf('America/Havana', '2026-11-01'))).toBe('2026-11-01T00:00:00.000-04:00');
  });

  it('add up to the whole span, without gap or overlap, in every zone', () => {
    fc.assert(
      fc.property(zones, dates, fc.integer({ min: 1, max: 400 }), (zone, from, days) => {
        let sum = 0;
        for (let i = 0; i < days; i++) {
          const length = dayHours(zone, addDays(from, i));
          expect(length).toBeGreaterThanOrEqual(22);
          expect(length).toBeLessThanOrEqual(26);
          sum += length * HOUR;
        }
        expect(sum).toBe(instantOf(zone, addDays(from, days)) - instantOf(zone, from));
      }),
      { numRuns: 60 },
    );
  });

  it('contain exactly the instants whose date they are', () => {
    fc.assert(
      fc.property(zones, instants, (zone, at) => {
        const date = dateOf(zone, at);
        expect(instantOf(zone, date)).toBeLessThanOrEqual(at);
        expect(at).toBeLessThan(instantOf(zone, addDays(date, 1)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('times of day', () => {
  it('that are skipped move forward by the jump', () => {
    const at = instantOf('Europe/Berlin', '2026-03-29', secondsOf('02:30'));
    expect(isoLocal('Europe/Berlin', at)).toBe('2026-03-29T03:30:00.000+02:00');
  });

  it('that occur twice are the first', () => {
    const at = instantOf('Europe/Berlin', '2026-10-25', secondsOf('02:30'));
    expect(isoLocal('Europe/Berlin', at)).toBe('2026-10-25T02:30:00.000+02:00');
  });

  it('read back as they were written, in every zone', () => {
    fc.assert(
      fc.property(zones, dates, fc.integer({ min: 4 * 3600, max: 21 * 3600 }), (zone, date, seconds) => {
        const at = instantOf(zone, date, seconds);
        expect(at + offsetAt(zone, at)).toBe(Date.parse(`${date}T00:00:00Z`) + seconds * 1000);
      }),
      { numRuns: 500 },
    );
  });

  it('carry the offset of their zone, west, east and none', () => {
    const noon = Date.UTC(2026, 0, 15, 12);
    expect(isoLocal('UTC', noon)).toBe('2026-01-15T12:00:00.000+00:00');
    expect(isoLocal('Asia/Kathmandu', noon)).toBe('2026-01-15T17:45:00.000+05:45');
    expect(isoLocal('America/St_Johns', noon)).toBe('2026-01-15T08:30:00.000-03:30');
  });

  it('are written with an offset that JavaScript reads back as the same instant', () => {
    fc.assert(
      fc.property(zones, instants, (zone, at) => {
        expect(Date.parse(isoLocal(zone, at))).toBe(at);
      }),
      { numRuns: 300 },
    );
  });
});

describe('dates', () => {
  it('are told from texts that only look like one', () => {
    expect(['2026-02-28', '2028-02-29', '2000-01-01'].every(isDate)).toBe(true);
    expect(['2026-02-29', '2026-02-30', '2026-13-01', '2026-1-1', '', '2026-01-01T00:00Z'].some(isDate)).toBe(false);
  });

  it('go back where they came from', () => {
    fc.assert(
      fc.property(dates, fc.integer({ min: -800, max: 800 }), (date, days) => {
        expect(addDays(addDays(date, days), -days)).toBe(date);
      }),
    );
  });

  it('have a next month that begins after them and is one month on', () => {
    expect(nextMonth('2026-01-31')).toBe('2026-02-01');
    expect(nextMonth('2026-12-15')).toBe('2027-01-01');
    fc.assert(
      fc.property(dates, (date) => {
        expect(nextMonth(date) > date).toBe(true);
        expect(monthStart(addDays(nextMonth(date), -1))).toBe(monthStart(date));
      }),
    );
  });

  it('belong to zones that exist', () => {
    expect(ZONES.every(isTimeZone)).toBe(true);
    expect(isTimeZone('Asia/Peking2')).toBe(false);
  });
});
