import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forget, HOLD_WIDTH, heldView, hold, holdLimits } from '#domain/anomalies/hold.ts';

const MINUTE = 60_000;
const T0 = 1_000_000 * MINUTE;
const LIMITS = holdLimits({ raise: 10, clear: 5, raiseMin: 10, clearMin: 20, gapMin: 15 });

/** What became of it, with the minute. Points are minute and value. */
function run(points: readonly (readonly [number, number])[], limits = LIMITS): string[] {
  const state = new Float64Array(HOLD_WIDTH);
  return points.flatMap(([minute, value]) => {
    const slot = T0 + minute * MINUTE;
    const change = hold(state, 0, limits, { slot, value, mark: 0, begins: slot });
    const view = heldView(state, 0);
    if (change === 'close') forget(state, 0);
    return change === null ? [] : [`${change}@${minute} from ${(view.from - T0) / MINUTE}, worst ${view.worst}`];
  });
}

function steps(value: number, ...minutes: readonly number[]): (readonly [number, number])[] {
  return minutes.map((minute) => [minute, value]);
}

describe('a condition', () => {
  it('opens when it has held long enough, and closes when it has been well for long enough', () => {
    expect(run([...steps(11, 0, 5), ...steps(12, 10), ...steps(4, 15, 25, 35)])).toEqual([
      'open@10 from 0, worst 12',
      'close@35 from 0, worst 12',
    ]);
  });

  it('that is at its limit is not beyond it', () => {
    expect(run(steps(10, 0, 5, 10, 15))).toEqual([]);
    expect(run([...steps(11, 0, 10), ...steps(5, 20, 30, 40, 50)])).toEqual(['open@10 from 0, worst 11']);
  });

  it('begins anew after one point that is not beyond the limit', () => {
    expect(run([...steps(11, 0, 5), ...steps(9, 8), ...steps(11, 10, 15)])).toEqual([]);
    expect(run([...steps(11, 0, 10), ...steps(4, 15, 30), ...steps(6, 33), ...steps(4, 35, 50)])).toEqual([
      'open@10 from 0, worst 11',
    ]);
  });

  it('of one point alone opens nothing', () => {
    expect(run(steps(99, 0))).toEqual([]);
  });

  it('is not known over a gap that is too long, and neither opens nor closes by it', () => {
    expect(run(steps(11, 0, 16))).toEqual([]);
    expect(run(steps(11, 0, 16, 26))).toEqual(['open@26 from 0, worst 11']);
    expect(run([...steps(11, 0, 10), ...steps(4, 15, 100)])).toEqual(['open@10 from 0, worst 11']);
  });

  it('that lasts is told of once a day', () => {
    const quarters = Array.from({ length: 3 * 96 + 1 }, (_, i) => i * 15);
    expect(run(steps(11, ...quarters)).map((what) => what.split(' ')[0])).toEqual([
      'open@15',
      'update@1440',
      'update@2880',
      'update@4320',
    ]);
  });

  it('below a limit is the same the other way round', () => {
    const low = holdLimits({ raise: 5, clear: 10, raiseMin: 10, clearMin: 10, gapMin: 15 });
    expect(run([...steps(4, 0), ...steps(3, 10), ...steps(8, 20), ...steps(11, 25, 35)], low)).toEqual([
      'open@10 from 0, worst 3',
      'close@35 from 0, worst 3',
    ]);
  });
});

describe('any course', () => {
  it('opens and closes in turn, leaves finite numbers, and nothing after a close', () => {
    const course = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 15 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(course, (list) => {
        const state = new Float64Array(HOLD_WIDTH);
        let slot = T0;
        const changes = list.flatMap(([minutes, value]) => {
          slot += minutes * MINUTE;
          const change = hold(state, 0, LIMITS, { slot, value, mark: 1, begins: slot });
          if (change === 'close') forget(state, 0);
          expect(state.every(Number.isFinite)).toBe(true);
          return change === null || change === 'update' ? [] : [change];
        });
        for (const [i, change] of changes.entries()) expect(change).toBe(i % 2 === 0 ? 'open' : 'close');
        if (changes.at(-1) === 'close') expect(heldView(state, 0).from).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
