import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DayJudge } from '#domain/anomalies/days/judge.ts';
import { type DayState, newDayState, packDayState, unpackDayState } from '#domain/anomalies/days/state.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import { freezes, HISTORY, judgedDays } from '../kit/days.ts';
import { NOW, threePhase } from '../kit/meters.ts';

const LENGTH = 70;
const N = Number.NaN;
const JUDGE = new DayJudge();

const usage = fc
  .array(
    fc.tuple(fc.constantFrom(8000, 8000, 8400, 0, 3000, 20_000, -50_000, 5_000_000), fc.integer({ min: 1, max: 20 })),
    {
      minLength: 5,
      maxLength: 15,
    },
  )
  .map((runs) =>
    runs.flatMap(([wh, days]) => [wh, ...Array.from({ length: days - 1 }, () => (Math.abs(wh) > 20_000 ? 8000 : wh))]),
  );
const missing = fc.array(fc.nat(LENGTH - 1), { maxLength: 15 });
const meters = fc.constantFrom<JudgedMeter>(
  threePhase(),
  threePhase({ status: 'closed' }),
  threePhase({ contractKw: 3 }),
);

function daysOf(used: readonly number[], gone: readonly number[]) {
  return freezes(LENGTH, {
    used: (place) => used[place] ?? 8000,
    register: (place, sum) => (gone.includes(place) ? N : sum),
    exported: (place) => ((used[place] ?? 0) === 3000 ? 2000 : 0),
    ratesOff: (place) => (used[place] === 0 ? 90_000 : 0),
  });
}

describe('judging days', () => {
  it('one by one, with the state kept as JSON between them, is judging them at once', () => {
    let found = 0;
    fc.assert(
      fc.property(
        meters,
        usage,
        missing,
        fc.array(fc.integer({ min: HISTORY, max: LENGTH }), { maxLength: 8 }),
        (meter, used, gone, cuts) => {
          const days = daysOf(used, gone);
          const whole = judgedDays(meter, days);
          let state: DayState = newDayState();
          const ends = [HISTORY, ...[...cuts].sort((a, b) => a - b), LENGTH];
          const pieces = ends.slice(1).flatMap((to, i) => {
            const told = JUDGE.judge(meter, days, { from: ends[i] ?? 0, to }, state, NOW);
            state = unpackDayState(JSON.parse(JSON.stringify([...packDayState(state)])));
            return told;
          });
          found += whole.length;
          expect(pieces).toEqual(whole);
          expect(state.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it('on which everything is missing changes nothing', () => {
    fc.assert(
      fc.property(meters, usage, (meter, used) => {
        const state = newDayState();
        JUDGE.judge(meter, daysOf(used, []), { from: HISTORY, to: 50 }, state, NOW);
        const kept = [...state];
        const dark = daysOf(used, Array.from({ length: LENGTH }, (_, i) => i).slice(50));
        const nothing = Array.from({ length: LENGTH }, () => N);
        const silent = { ...dark, exportWh: nothing, rates: [nothing, nothing, nothing, nothing], demandW: nothing };
        expect(JUDGE.judge(meter, silent, { from: 50, to: LENGTH }, state, NOW)).toEqual([]);
        expect([...state]).toEqual(kept);
      }),
      { numRuns: 100 },
    );
  });

  it('of a steady meter with any freezes missing tells nothing', () => {
    fc.assert(
      fc.property(missing, (gone) => {
        const days = freezes(LENGTH, { register: (place, sum) => (gone.includes(place) ? N : sum) });
        expect(judgedDays(threePhase(), days)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
