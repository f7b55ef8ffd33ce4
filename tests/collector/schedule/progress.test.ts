import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import type { Calendar } from '#contract/tasks.ts';
import { type DayProgress, Progress } from '../../../collector/schedule/progress.ts';
import { at, task, ZONE } from '../../support/plan.ts';

const PROFILE = task('profile');
const BERLIN = 'Europe/Berlin';

describe('what is settled', () => {
  it('is known of that slot of that meter and task, and of no other', () => {
    const progress = new Progress(ZONE, []);
    const slot = at('2026-11-20', '10:15:00');
    progress.settle(PROFILE, 'm1', slot);
    expect(progress.isSettled(PROFILE, 'm1', slot)).toBe(true);
    expect(progress.isSettled(PROFILE, 'm1', slot + 900_000)).toBe(false);
    expect(progress.isSettled(PROFILE, 'm1', slot + 86_400_000)).toBe(false);
    expect(progress.isSettled(PROFILE, 'm2', slot)).toBe(false);
    expect(progress.isSettled(task('instant'), 'm1', slot)).toBe(false);
  });

  it('takes no more room than a day has slots, and is never lost for want of room', () => {
    const daily = { ...PROFILE, calendar: { cron: '30 6 * * *' } };
    const slot = at('2026-11-20', '06:30:00');
    expect(new Progress(ZONE, []).settle(daily, 'm1', slot).bits).toHaveLength(1);
    // Stored when the rules of the time zone gave the day fewer slots.
    const often = { ...PROFILE, calendar: { cron: '*/15 * * * *' } };
    const first = new Progress(ZONE, []).settle(often, 'm1', at('2026-11-20', '00:00:00'));
    const after = new Progress(ZONE, [{ ...first, bits: first.bits.slice(0, 2) }]);
    const last = at('2026-11-20', '23:45:00');
    after.settle(often, 'm1', last);
    expect(after.isSettled(often, 'm1', last)).toBe(true);
    expect(after.isSettled(often, 'm1', at('2026-11-20', '00:00:00'))).toBe(true);
  });

  it('is known again from what was stored, and no day that was handed out changes afterwards', () => {
    const before = new Progress(ZONE, []);
    const first = before.settle(PROFILE, 'm1', at('2026-11-20', '00:00:00'));
    const copy = Uint8Array.from(first.bits);
    const second = before.settle(PROFILE, 'm1', at('2026-11-20', '23:45:00'));
    expect(first.bits).toEqual(copy);
    const after = new Progress(ZONE, [second]);
    second.bits.fill(0);
    const settled = slotsOfDay(PROFILE.calendar, ZONE, '2026-11-20').filter((slot) =>
      after.isSettled(PROFILE, 'm1', slot),
    );
    expect(settled).toEqual([at('2026-11-20', '00:00:00'), at('2026-11-20', '23:45:00')]);
  });

  it.each<[string, Calendar, string]>([
    ['a day of 25 hours', { everyS: 900 }, '2026-10-25'],
    ['a day of 23 hours', { everyS: 900 }, '2026-03-29'],
    ['a day of one-minute points', { everyS: 60 }, '2026-10-25'],
    ['a day of one point', { everyS: 86_400 }, '2026-06-01'],
    ['a day freeze', { every: 'day' }, '2026-06-01'],
    ['a month freeze', { every: 'month' }, '2026-06-01'],
  ])('is kept apart slot by slot on %s', (_name, calendar, date) => {
    const each = task('profile', { calendar });
    const slots = slotsOfDay(calendar, BERLIN, date);
    expect(slots.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.subarray(slots), (chosen) => {
        const progress = new Progress(BERLIN, []);
        let stored: DayProgress[] = [];
        for (const slot of chosen) stored = [progress.settle(each, 'm1', slot)];
        for (const known of [progress, new Progress(BERLIN, stored)]) {
          expect(slots.filter((slot) => known.isSettled(each, 'm1', slot))).toEqual(chosen);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('under one interval says nothing of the slots of another: a new plan may change it in the middle of a day', () => {
    const [quarter, five] = [task('profile'), task('profile', { calendar: { everyS: 300 } })];
    for (const [old, changed] of [
      [quarter, five],
      [five, quarter],
    ] as const) {
      const before = new Progress(ZONE, []);
      const noon = at('2026-11-20', '12:00:00');
      let stored: DayProgress[] = [];
      for (const slot of slotsOfDay(old.calendar, ZONE, '2026-11-20').filter((each) => each < noon)) {
        stored = [before.settle(old, 'm1', slot)];
      }
      const after = new Progress(ZONE, stored);
      const slots = slotsOfDay(changed.calendar, ZONE, '2026-11-20');
      expect(slots.filter((slot) => after.isSettled(changed, 'm1', slot))).toEqual([]);
      for (const slot of slots) after.settle(changed, 'm1', slot);
      expect(slots.every((slot) => after.isSettled(changed, 'm1', slot))).toBe(true);
      expect(after.isSettled(old, 'm1', at('2026-11-20', '11:45:00'))).toBe(true);
    }
  });

  it('is forgotten of days before a date and of no other', () => {
    const progress = new Progress(ZONE, []);
    const dates = ['2026-11-18', '2026-11-19', '2026-11-20'];
    for (const date of dates) progress.settle(PROFILE, 'm1', at(date));
    progress.forgetBefore('2026-11-19');
    expect(dates.map((date) => progress.isSettled(PROFILE, 'm1', at(date)))).toEqual([false, true, true]);
    progress.settle(PROFILE, 'm1', at('2026-11-18', '00:15:00'));
    expect(progress.isSettled(PROFILE, 'm1', at('2026-11-18', '00:15:00'))).toBe(true);
    expect(progress.isSettled(PROFILE, 'm1', at('2026-11-18'))).toBe(false);
  });

  it('is as a plain set would have it, whichever meters, days and slots come in whichever order', () => {
    const step = fc.record({
      meter: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      day: fc.integer({ min: 1, max: 4 }),
      index: fc.nat(95),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let progress = new Progress(ZONE, []);
        const plain = new Set<string>();
        const stored = new Map<string, DayProgress>();
        for (const { meter, day, index } of steps) {
          const date = `2026-11-0${day}`;
          const kept = progress.settle(PROFILE, meter, at(date) + index * 900_000);
          stored.set(`${meter} ${date}`, kept);
          plain.add(`${meter} ${date} ${index}`);
          if (index % 17 === 0) progress = new Progress(ZONE, [...stored.values()]);
        }
        for (const meter of ['a', 'b', 'c', 'd', 'e']) {
          for (const day of [1, 2, 3, 4]) {
            const date = `2026-11-0${day}`;
            const known = Array.from({ length: 96 }, (_, i) => i).filter((i) =>
              progress.isSettled(PROFILE, meter, at(date) + i * 900_000),
            );
            expect(known).toEqual(known.filter((i) => plain.has(`${meter} ${date} ${i}`)));
            expect(known).toHaveLength([...plain].filter((each) => each.startsWith(`${meter} ${date} `)).length);
          }
        }
      }),
    );
  });
});
