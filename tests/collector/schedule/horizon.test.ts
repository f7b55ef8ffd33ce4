import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closesAt } from '#contract/due.ts';
import { type MeterModel, meterModel } from '#contract/models.ts';
import { dateOf, isoLocal } from '#contract/zone.ts';
import { longestReportDays, nextTry, reportDays } from '../../../collector/schedule/horizon.ts';
import { at, task, ZONE } from '../../support/plan.ts';

function model(id: string): MeterModel {
  const found = meterModel(id);
  if (!found) throw new Error(`no model ${id}`);
  return found;
}

const KEEPS = model('dlt645-1ph');
const FORGETS = model('sdm120');
const SLOT = at('2026-11-20');
const local = (instant: number): string => isoLocal(ZONE, instant).slice(0, 16);

describe('a read that failed', () => {
  const freeze = task('freeze-day', { retryAt: ['00:30', '06:00', '02:00'] });

  it('is tried again at the next retry pass, in whatever order they are named, and hourly after the last', () => {
    const tries: string[] = [];
    for (let when = at('2026-11-20', '00:05:00'); tries.length < 22; ) {
      when = nextTry(KEEPS, freeze, ZONE, SLOT, { at: when });
      tries.push(local(when).slice(8));
    }
    expect(tries.slice(0, 5)).toEqual(['20T00:30', '20T02:00', '20T06:00', '20T07:00', '20T08:00']);
    expect(tries.slice(19)).toEqual(['20T23:00', '21T00:30', '21T02:00']);
  });

  it('exactly at a retry pass is tried at the one after it', () => {
    expect(local(nextTry(KEEPS, freeze, ZONE, SLOT, { at: at('2026-11-20', '02:00:00') }))).toBe('2026-11-20T06:00');
  });

  it('without retry passes is tried again a quarter of an hour later', () => {
    const when = at('2026-11-20', '10:07:30');
    expect(nextTry(KEEPS, task('profile'), ZONE, SLOT, { at: when })).toBe(when + 900_000);
  });

  it('gets four chances while a present value still counts for its slot', () => {
    const pauseS = (toleranceS: number): number =>
      (nextTry(FORGETS, task('freeze-day', { toleranceS }), ZONE, SLOT, { at: SLOT + 1 }) - SLOT - 1) / 1000;
    expect(pauseS(300)).toBe(75);
    expect(pauseS(2400)).toBe(600);
    expect(pauseS(86_400)).toBe(900);
    const greedy = task('instant', { toleranceS: 86_400 });
    expect(nextTry(KEEPS, greedy, ZONE, SLOT, { at: SLOT })).toBe(SLOT + 75_000);
  });

  it('is tried once a day where another attempt would end the same way', () => {
    const failed = { at: SLOT + 300_000, next: 'skip' } as const;
    expect(nextTry(KEEPS, freeze, ZONE, SLOT, failed)).toBe(failed.at + 86_400_000);
    expect(nextTry(FORGETS, freeze, ZONE, SLOT, failed)).toBe(failed.at + 86_400_000);
  });

  it('is always tried later than it failed and within a day and an hour, on days of 23 and 25 hours too', () => {
    const pass = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => [h, m].map((n) => `${n}`.padStart(2, '0')).join(':'));
    const days = fc.constantFrom('2026-03-29', '2026-10-25', '2026-06-01');
    fc.assert(
      fc.property(fc.array(pass, { minLength: 1, maxLength: 4 }), days, fc.nat(90_000), (retryAt, day, second) => {
        const failedAt = Date.parse(`${day}T00:00:00Z`) - 7_200_000 + second * 1000;
        const next = nextTry(KEEPS, task('freeze-day', { retryAt }), 'Europe/Berlin', SLOT, { at: failedAt });
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
        const deadline = closesAt(KEEPS, each, ZONE, slot);
        const days = (Date.parse(dateOf(ZONE, deadline)) - Date.parse(dateOf(ZONE, slot))) / 86_400_000;
        expect(days).toBeLessThanOrEqual(reportDays(KEEPS, each));
      }),
    );
  });
});
