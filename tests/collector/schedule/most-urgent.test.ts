import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MostUrgent } from '../../../collector/schedule/most-urgent.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const NOW = at('2026-11-20', '23:55:00');
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const CURVE = task('profile');
const FREEZE = task('freeze-day');

describe('what is laid out of a backlog', () => {
  it('is what sorting all of it would have put first, however it is added', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 400 }), (meters, slots) => {
        const found = new MostUrgent(NOW);
        for (let m = 0; m < meters; m++) {
          const meter = planMeter(`m${m}`);
          for (let n = slots; n > 0; n--) {
            const slot = NOW - n * QUARTER_MS;
            found.add({ meter, task: CURVE, slot, priority: 'backfill' }, NOW + DAY_MS);
          }
        }
        const laidOut = found.of('backfill');
        expect(laidOut).toHaveLength(Math.min(2000, meters * slots));
        // Newest slot first, the meters of one slot in the order in which they came.
        const expected = laidOut.map((_, i) => [NOW - (Math.floor(i / meters) + 1) * QUARTER_MS, `m${i % meters}`]);
        expect(laidOut.map(({ read }) => [read.slot, read.meter.id])).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('begins with what is over soon, then the freezes, then the curves', () => {
    const found = new MostUrgent(NOW);
    const meter = planMeter('m1');
    const add = (of: typeof CURVE, slot: number, closesAt: number): void =>
      found.add({ meter, task: of, slot, priority: 'backfill' }, closesAt);
    add(CURVE, NOW - QUARTER_MS, NOW + DAY_MS);
    add(FREEZE, NOW - 9 * DAY_MS, NOW + DAY_MS);
    add(FREEZE, NOW - 8 * DAY_MS, NOW + DAY_MS);
    add(CURVE, NOW - 3 * DAY_MS, NOW + 300_000);
    expect(found.of('backfill').map(({ read }) => (NOW - read.slot) / DAY_MS)).toEqual([3, 8, 9, 1 / 96]);
    expect(found.of('billing')).toEqual([]);
  });
});
