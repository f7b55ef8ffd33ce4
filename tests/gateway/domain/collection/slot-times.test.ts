import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { expectedWithinMs, passOf, slotTimes } from '#domain/collection/slot-times.ts';
import { at, task, ZONE } from '../site.ts';

const MIDNIGHT = at('2026-11-20');

describe('the passes of a day freeze', () => {
  const times = slotTimes(task('freeze-day'), ZONE, MIDNIGHT);

  it('are the first until 02:00, then retries until the day ends, then late', () => {
    expect(passOf(times, at('2026-11-20', '00:05'))).toBe('first');
    expect(passOf(times, at('2026-11-20', '02:00'))).toBe('first');
    expect(passOf(times, at('2026-11-20', '02:00') + 1)).toBe('retry');
    expect(passOf(times, at('2026-11-21') - 1)).toBe('retry');
    expect(passOf(times, at('2026-11-21'))).toBe('late');
  });

  it('end with the local day where the clock changes', () => {
    const zone = 'Europe/Berlin';
    const slot = at('2026-10-25', '00:00', zone);
    const { dayEnd, firstPassEnd } = slotTimes(task('freeze-day'), zone, slot);
    expect(dayEnd - slot).toBe(25 * 3_600_000);
    expect(firstPassEnd - slot).toBe(2 * 3_600_000);
  });
});

describe('the passes of a profile', () => {
  it('are the whole day when the first pass would end before the slot', () => {
    const early = { ...task('profile'), firstPassUntil: '02:00' };
    const times = slotTimes(early, ZONE, at('2026-11-20', '10:15'));
    expect(passOf(times, at('2026-11-20', '23:00'))).toBe('first');
    expect(passOf(times, at('2026-11-21'))).toBe('late');
  });

  it('begin after the slot: a pass that ends with it never was', () => {
    const times = slotTimes({ ...task('profile'), firstPassUntil: '10:15' }, ZONE, at('2026-11-20', '10:15'));
    expect(passOf(times, at('2026-11-20', '23:59'))).toBe('first');
    const until = slotTimes({ ...task('profile'), firstPassUntil: '10:16' }, ZONE, at('2026-11-20', '10:15'));
    expect(passOf(until, at('2026-11-20', '23:59'))).toBe('retry');
  });
});

describe('an answer is expected', () => {
  it('within the delay and the tolerance where the meter writes a record, else within the tolerance', () => {
    const freeze = task('freeze-day');
    expect(expectedWithinMs(meterModel('dlt645-1ph'), freeze)).toBe(600_000);
    expect(expectedWithinMs(meterModel('sdm120'), freeze)).toBe(300_000);
    expect(expectedWithinMs(undefined, freeze)).toBe(300_000);
  });
});
