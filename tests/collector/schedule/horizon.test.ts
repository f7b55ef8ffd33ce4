import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot, slotAt } from '#contract/calendar.ts';
import { type MeterModel, meterModel } from '#contract/models.ts';
import { dateOf, isoLocal } from '#contract/zone.ts';
import { deadlineOf, longestReportDays, nextTry, reportDays } from '../../../collector/schedule/horizon.ts';
import { at, task, ZONE } from '../../support/plan.ts';

function model(id: string): MeterModel {
  const found = meterModel(id);
  if (!found) throw new Error(`no model ${id}`);
  return found;
}

const KEEPS = model('dlt645-1ph');
const FORGETS = model('sdm120');
const local = (instant: number): string => isoLocal(ZONE, instant).slice(0, 16);

describe('the deadline of a slot', () => {
  it('in the memory of a meter lies at the end of its repair days', () => {
    const slot = at('2026-11-20', '10:15:00');
    expect(local(deadlineOf(KEEPS, task('profile', { repairDays: 2 }), ZONE, slot))).toBe('2026-11-23T00:00');
    expect(local(deadlineOf(KEEPS, task('freeze-day', { repairDays: 0 }), ZONE, at('2026-11-20')))).toBe(
      '2026-11-21T00:00',
    );
  });

  it('of a present value lies at its tolerance', () => {
    const slot = at('2026-11-20', '10:15:00');
    expect(deadlineOf(FORGETS, task('profile', { toleranceS: 120 }), ZONE, slot)).toBe(slot + 120_000);
    expect(deadlineOf(KEEPS, task('event', { toleranceS: 60 }), ZONE, slot)).toBe(slot + 60_000);
  });

  it('of a present value is never later than the moment the next slot is due', () => {
    const slot = at('2026-11-20', '10:15:00');
    const greedy = task('profile', { toleranceS: 86_400, delayS: 20 });
    expect(deadlineOf(FORGETS, greedy, ZONE, slot)).toBe(slot + 900_000 + 20_000);
  });

  it('leaves no moment at which one present value could be written down under two names', () => {
    const settings = fc.record({
      everyS: fc.constantFrom(60, 300, 900, 3600),
      toleranceS: fc.integer({ min: 1, max: 86_400 }),
      delayS: fc.integer({ min: 0, max: 600 }),
      offsetS: fc.integer({ min: 0, max: 86_400 }),
    });
    fc.assert(
      fc.property(settings, ({ everyS, toleranceS, delayS, offsetS }) => {
        const each = task('profile', { calendar: { everyS }, toleranceS, delayS });
        const slot = slotAt(each.calendar, ZONE, at('2026-11-20') + offsetS * 1000);
        const nextDue = nextSlot(each.calendar, ZONE, slot) + delayS * 1000;
        expect(deadlineOf(FORGETS, each, ZONE, slot)).toBeLessThanOrEqual(nextDue);
      }),
    );
  });
});

describe('a read that failed', () => {
  const freeze = task('freeze-day', { retryAt: ['00:30', '06:00', '02:00'] });

  it('is tried again at the next retry pass, in whatever order they are named, and hourly after the last', () => {
    const tries: string[] = [];
    for (let when = at('2026-11-20', '00:05:00'); tries.length < 22; ) {
      when = nextTry(freeze, ZONE, when);
      tries.push(local(when).slice(8));
    }
    expect(tries.slice(0, 5)).toEqual(['20T00:30', '20T02:00', '20T06:00', '20T07:00', '20T08:00']);
    expect(tries.slice(19)).toEqual(['20T23:00', '21T00:30', '21T02:00']);
  });

  it('exactly at a retry pass is tried at the one after it', () => {
    expect(local(nextTry(freeze, ZONE, at('2026-11-20', '02:00:00')))).toBe('2026-11-20T06:00');
  });

  it('without retry passes is tried again a quarter of an hour later', () => {
    const when = at('2026-11-20', '10:07:30');
    expect(nextTry(task('profile'), ZONE, when)).toBe(when + 900_000);
  });

  it('is always tried later than it failed and within a day and an hour, on days of 23 and 25 hours too', () => {
    const pass = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => [h, m].map((n) => `${n}`.padStart(2, '0')).join(':'));
    const days = fc.constantFrom('2026-03-29', '2026-10-25', '2026-06-01');
    fc.assert(
      fc.property(fc.array(pass, { minLength: 1, maxLength: 4 }), days, fc.nat(90_000), (retryAt, day, second) => {
        const failedAt = Date.parse(`${day}T00:00:00Z`) - 7_200_000 + second * 1000;
        const next = nextTry(task('freeze-day', { retryAt }), 'Europe/Berlin', failedAt);
        expect(next).toBeGreaterThan(failedAt);
        expect(next - failedAt).toBeLessThanOrEqual(26 * 3_600_000);
      }),
    );
  });
});

describe('the days for which it is told that a slot was given up', () => {
  it('are a week, and for a task that is repaired for longer until its last slot has ended', () => {
    const long = task('freeze-day', { repairDays: 30 });
    expect(reportDays(KEEPS, task('freeze-day'))).toBe(7);
    expect(reportDays(KEEPS, long)).toBe(31);
    expect(reportDays(FORGETS, long)).toBe(7);
    expect(longestReportDays([task('profile'), long])).toBe(31);
    expect(longestReportDays([])).toBe(7);
  });

  it('reach back to every slot whose deadline is just passing', () => {
    fc.assert(
      fc.property(fc.nat(62), (repairDays) => {
        const each = task('freeze-day', { repairDays });
        const slot = at('2026-06-01');
        const deadline = deadlineOf(KEEPS, each, ZONE, slot);
        const days = (Date.parse(dateOf(ZONE, deadline)) - Date.parse(dateOf(ZONE, slot))) / 86_400_000;
        expect(days).toBeLessThanOrEqual(reportDays(KEEPS, each));
      }),
    );
  });
});
