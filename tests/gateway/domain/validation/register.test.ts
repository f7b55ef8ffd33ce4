import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostWh, registerRules } from '#domain/validation/register.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AT = Date.UTC(2026, 10, 20);
/** 60 A × 220 V × 1.2 = 15.84 kW, and one step of 10 Wh. */
const model = { phases: 1, ratedVoltageV: 220, maxCurrentA: 60, rolloverWh: 1_000_000_000 } as const;
const baseline = { slot: AT, importWh: 5_000_000 };

const rules = (at: number, importWh: number, known: typeof baseline | null = baseline): readonly string[] =>
  registerRules(model, at, importWh, known);

describe('the most a meter can count', () => {
  it('is its largest current at rated voltage on all phases, a fifth more, and one step', () => {
    expect(mostWh(model, HOUR)).toBeCloseTo(15_850, 6);
    expect(mostWh({ ...model, phases: 3 }, HOUR)).toBeCloseTo(47_530, 6);
    expect(mostWh(model, 0)).toBe(10);
  });
});

describe('register_range', () => {
  it('fires beyond the last digit and below zero, and not on the last number', () => {
    expect(rules(AT, 1_000_000_000, null)).toEqual(['register_range']);
    expect(rules(AT, -1, null)).toEqual(['register_range']);
    expect(rules(AT, 999_999_999, null)).toEqual([]);
  });
});

describe('register_reversed', () => {
  it('fires on a later reading that is lower, and on an earlier one that is higher', () => {
    expect(rules(AT + DAY, 4_999_999)).toEqual(['register_reversed']);
    expect(rules(AT - DAY, 5_000_001)).toEqual(['register_reversed']);
  });

  it('is quiet while the register stands still', () => {
    expect(rules(AT + DAY, 5_000_000)).toEqual([]);
    expect(rules(AT - DAY, 5_000_000)).toEqual([]);
  });

  it('is quiet without a baseline', () => {
    expect(rules(AT + DAY, 1, null)).toEqual([]);
  });

  it('does not judge the order of readings within a minute, only their distance', () => {
    expect(rules(AT + 60_000, 4_999_500)).toEqual([]);
    expect(rules(AT, 5_000_200)).toEqual([]);
    expect(rules(AT + 60_000, 5_000_538)).toEqual([]);
    expect(rules(AT + 60_000, 5_000_539)).toEqual(['register_jump']);
    expect(rules(AT + 60_001, 4_999_500)).toEqual(['register_reversed']);
    expect(rules(AT, 4_999_000)).toEqual(['register_reversed']);
    expect(rules(AT, 5_001_000)).toEqual(['register_jump']);
  });
});

describe('register_jump', () => {
  it('fires on more than the meter can count, forward and backward in time', () => {
    expect(rules(AT + HOUR, 5_000_000 + 15_851)).toEqual(['register_jump']);
    expect(rules(AT - HOUR, 5_000_000 - 15_851)).toEqual(['register_jump']);
  });

  it('is quiet on exactly that much, and on more after a longer time', () => {
    expect(rules(AT + HOUR, 5_000_000 + 15_850)).toEqual([]);
    expect(rules(AT - HOUR, 5_000_000 - 15_850)).toEqual([]);
    expect(rules(AT + DAY, 5_000_000 + 380_000)).toEqual([]);
  });
});

describe('register_rollover', () => {
  const high = { slot: AT, importWh: 999_990_000 };

  it('accepts a register that passed its end by no more than the meter can count', () => {
    expect(rules(AT + HOUR, 5_000, high)).toEqual(['register_rollover']);
    expect(rules(AT - HOUR, 999_995_000, { slot: AT, importWh: 5_000 })).toEqual(['register_rollover']);
  });

  it('accepts none that would have counted more than it can', () => {
    expect(rules(AT + HOUR, 6_000, high)).toEqual(['register_reversed']);
  });

  it('accepts none from below the last tenth, or to above the first', () => {
    const years = 10 * 365 * DAY;
    expect(rules(AT + years, 5_000, { slot: AT, importWh: 899_999_999 })).toEqual(['register_reversed']);
    expect(rules(AT + years, 100_000_000, high)).toEqual(['register_reversed']);
    expect(rules(AT + years, 99_999_999, high)).toEqual(['register_rollover']);
    expect(rules(AT + years, 5_000, { slot: AT, importWh: 900_000_000 })).toEqual(['register_rollover']);
  });
});

describe('the judgement of two readings', () => {
  it('is the same whichever of them came first', () => {
    const wh = fc.oneof(
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.integer({ min: 0, max: 200_000 }),
      fc.integer({ min: 999_800_000, max: 999_999_999 }),
    );
    fc.assert(
      fc.property(wh, wh, fc.integer({ min: -10 * DAY, max: 10 * DAY }), (a, b, apart) => {
        const one = registerRules(model, AT + apart, a, { slot: AT, importWh: b });
        const other = registerRules(model, AT, b, { slot: AT + apart, importWh: a });
        if (apart !== 0) expect(one).toEqual(other);
      }),
      { numRuns: 500 },
    );
  });

  it('lets every honest register pass, rollover and all', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 61_000, max: DAY }), fc.double({ min: 0, max: 1, noNaN: true })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), steps, (start, list) => {
        let known = { slot: AT, importWh: start };
        for (const [ms, share] of list) {
          const importWh = Math.floor(known.importWh + (15_840 * share * ms) / HOUR) % model.rolloverWh;
          const next = { slot: known.slot + ms, importWh };
          const fired = registerRules(model, next.slot, next.importWh, known);
          expect(fired.filter((rule) => rule !== 'register_rollover')).toEqual([]);
          known = next;
        }
      }),
    );
  });
});
