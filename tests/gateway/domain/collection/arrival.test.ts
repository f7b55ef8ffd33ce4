import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalOf, arrivalRate, meanArrival } from '#domain/collection/arrival.ts';
import { emptyDay } from '#domain/collection/day-columns.ts';
import type { GroupColumn } from '#domain/collection/row-places.ts';
import { answeredCode, CLASS_CODES, failedCode, SUSPECT } from '#domain/collection/slot-state.ts';
import { at } from '../site.ts';

const DATE = '2026-11-20';
const FACTS = [answeredCode('first'), answeredCode('late'), SUSPECT, failedCode('no_answer')];

function dayOf(rows: readonly { readonly fact: number; readonly minutes: number; readonly due: boolean }[]) {
  const day = emptyDay('freeze-day', DATE, at(DATE), rows.length);
  for (const [row, { fact, minutes, due }] of rows.entries()) {
    day.class[row] = due ? CLASS_CODES.due : CLASS_CODES.excluded_manual;
    day.fact[row] = fact;
    day.minutes[row] = minutes;
  }
  return day;
}

function all(rows: number): GroupColumn {
  return { of: new Int32Array(rows), keys: [''] };
}

describe('the arrival curve', () => {
  it('counts valid values of due meters by the end of each quarter hour', () => {
    const row = fc.record({
      fact: fc.constantFrom(...FACTS),
      minutes: fc.integer({ min: 0, max: 1500 }),
      due: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const { expected, answered } = arrivalOf(dayOf(rows), all(rows.length), null, 96);
        const valid = rows.filter(({ fact, due }) => due && (fact === FACTS[0] || fact === FACTS[1]));
        expect(expected).toBe(rows.filter(({ due }) => due).length);
        for (const quarter of [0, 1, 40, 95]) {
          expect(answered[quarter]).toBe(valid.filter(({ minutes }) => minutes < (quarter + 1) * 15).length);
        }
      }),
    );
  });

  it('leaves out rows of other scopes, and of meters that left', () => {
    const day = dayOf([0, 1, 2].map((minutes) => ({ fact: FACTS[0] ?? 0, minutes, due: true })));
    expect(arrivalOf(day, all(3), Int32Array.of(2), 96).expected).toBe(1);
    expect(arrivalOf(day, { of: Int32Array.of(0, -1, 0), keys: [''] }, null, 96).expected).toBe(2);
  });

  it('has a mean of all meters of the days together; the last quarter of a short day stands for those it has not', () => {
    const long = { expected: 10, answered: new Uint32Array(96).fill(5) };
    const short = { expected: 30, answered: new Uint32Array(92).fill(30) };
    expect(arrivalRate(long, 95)).toBe(50);
    expect(arrivalRate(short, 95)).toBe(100);
    expect(meanArrival([long, short], 95)).toBe(87.5);
    expect(meanArrival([], 3)).toBeNull();
  });
});
