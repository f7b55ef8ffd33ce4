import { describe, expect, it } from 'vitest';
import type { PlanMeter } from '#contract/plan.ts';
import { takenOver } from '../../../collector/schedule/taken-over.ts';
import { planMeter } from '../../support/plan.ts';

/** Ids of the meters whose address another one has at an instant. */
function taken(meters: readonly PlanMeter[], now: number): string[] {
  const isTakenOver = takenOver(meters);
  return meters.filter((meter) => isTakenOver(meter, now)).map(({ id }) => id);
}

describe('an address that was given on', () => {
  const old = planMeter('old', { address: '7', installedAt: 0, removedAt: 100 });

  it('is lost to the old meter from the moment on that the new one hangs there', () => {
    const meters = [old, planMeter('new', { address: '000007', installedAt: 200 })];
    expect([100, 199, 200, 10_000].map((now) => taken(meters, now))).toEqual([[], [], ['old'], ['old']]);
  });

  it('is lost at the removal when both hung there for a while', () => {
    const meters = [old, planMeter('new', { address: '7', installedAt: 50 })];
    expect([99, 100].map((now) => taken(meters, now))).toEqual([[], ['old']]);
  });

  it('is lost to every meter but the last, also when that one is gone as well', () => {
    const second = planMeter('second', { address: '7', installedAt: 100, removedAt: 200 });
    const third = planMeter('third', { address: '7', installedAt: 300, removedAt: 400 });
    expect([150, 250, 500].map((now) => taken([old, second, third], now))).toEqual([
      ['old'],
      ['old'],
      ['old', 'second'],
    ]);
  });

  it('is not lost to a meter on another line, at another address, or to one that was there before', () => {
    const others = [
      planMeter('elsewhere', { address: '7', line: 'L2', installedAt: 200 }),
      planMeter('beside', { address: '8', installedAt: 200 }),
      planMeter('before', { address: '7', installedAt: 0, removedAt: 50 }),
    ];
    expect(taken([old, ...others], 1000)).toEqual(['before']);
  });
});
