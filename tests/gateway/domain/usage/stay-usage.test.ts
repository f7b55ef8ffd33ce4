import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerDifference } from '#domain/usage/register-difference.ts';
import { energyOf, type Stay, stayOf, stayUsage } from '#domain/usage/stay-usage.ts';
import { installation, meter } from '../site.ts';

const ROLLOVER = 1_000_000;
const stay = (over: Partial<Stay> = {}): Stay => ({
  meter: 'm',
  account: null,
  area: 'a1',
  ratio: 1,
  from: 0,
  to: Number.POSITIVE_INFINITY,
  startWh: null,
  endWh: null,
  ...over,
});

describe('the difference of two registers', () => {
  it('is exact, tells a register that passed its end, and one that went back', () => {
    expect(registerDifference(100, 350, ROLLOVER)).toEqual({ wh: 250, how: 'difference' });
    expect(registerDifference(0, 0, ROLLOVER)).toEqual({ wh: 0, how: 'difference' });
    expect(registerDifference(999_990, 10, ROLLOVER)).toEqual({ wh: 20, how: 'rollover' });
    expect(registerDifference(900_000, 99_999, ROLLOVER)).toEqual({ wh: 199_999, how: 'rollover' });
    expect(registerDifference(899_999, 0, ROLLOVER)).toEqual({ wh: null, how: 'reversed' });
    expect(registerDifference(999_999, 100_000, ROLLOVER)).toEqual({ wh: null, how: 'reversed' });
    expect(registerDifference(500, 0, ROLLOVER)).toEqual({ wh: null, how: 'reversed' });
  });

  it('is no rollover where more would lie between than the meter can carry', () => {
    expect(registerDifference(999_990, 10, ROLLOVER, 20).how).toBe('rollover');
    expect(registerDifference(999_990, 10, ROLLOVER, 19).how).toBe('reversed');
  });

  it('cannot be told without both ends, and says which one is missing', () => {
    expect(registerDifference(null, 5, ROLLOVER)).toEqual({ wh: null, how: 'no_start' });
    expect(registerDifference(5, null, ROLLOVER)).toEqual({ wh: null, how: 'no_end' });
    expect(registerDifference(null, null, ROLLOVER)).toEqual({ wh: null, how: 'no_start' });
  });

  it('of a meter that counts on is what it counted, wherever its register passes its end', () => {
    const counted = fc.nat(ROLLOVER / 10 - 1);
    fc.assert(
      fc.property(fc.nat(ROLLOVER - 1), counted, (start, wh) => {
        const end = (start + wh) % ROLLOVER;
        const { wh: found } = registerDifference(start, end, ROLLOVER);
        expect(found).toBe(end >= start || start >= ROLLOVER * 0.9 ? wh : null);
      }),
    );
  });
});

describe('the usage of a stay', () => {
  const registerAt = (at: number): number => at * 10;

  it('is multiplied by the ratio of the installation, else of the meter', () => {
    const own = meter('m', { ct: 40, pt: 100 });
    expect(stayOf(own, installation('m')).ratio).toBe(4000);
    expect(stayOf(own, installation('m', { ct: 80 })).ratio).toBe(8000);
    expect(stayOf(own, installation('m', { area: 'a9' }))).toMatchObject({ area: 'a9', to: Number.POSITIVE_INFINITY });
    expect(stayUsage(stay({ ratio: 80 }), 1, 3, ROLLOVER, registerAt)).toMatchObject({ faceWh: 20, wh: 1600 });
  });

  it('ends where the meter was taken out, with the register that was written down', () => {
    const exchanged = stay({ from: 2, to: 6, startWh: 25, endWh: 61 });
    expect(stayUsage(exchanged, 0, 10, ROLLOVER, registerAt)).toMatchObject({
      from: 2,
      to: 6,
      startWh: 25,
      endWh: 61,
      faceWh: 36,
    });
    expect(stayUsage(exchanged, 2, 6, ROLLOVER, registerAt)?.faceWh).toBe(36);
    expect(stayUsage(exchanged, 3, 5, ROLLOVER, registerAt)?.faceWh).toBe(20);
    expect(stayUsage(exchanged, 6, 10, ROLLOVER, registerAt)).toBeNull();
    expect(stayUsage(exchanged, 0, 2, ROLLOVER, registerAt)).toBeNull();
  });

  it('takes the freeze of an end that nobody wrote down, and cannot be told without it', () => {
    const changed = stay({ from: 2, to: 6 });
    expect(stayUsage(changed, 0, 10, ROLLOVER, registerAt)?.faceWh).toBe(40);
    expect(stayUsage(changed, 0, 10, ROLLOVER, () => null)).toMatchObject({ wh: null, how: 'no_start' });
  });

  it('adds up over stretches that follow each other, also with a ratio that is no whole number', () => {
    const ratio = fc.oneof(fc.integer({ min: 1, max: 8000 }), fc.double({ min: 0.01, max: 300, noNaN: true }));
    fc.assert(
      fc.property(ratio, fc.nat(ROLLOVER), fc.array(fc.nat(5000), { minLength: 1 }), (by, start, steps) => {
        let register = start;
        let sum = 0;
        for (const step of steps) {
          sum += energyOf(register, step, by);
          register += step;
        }
        expect(sum).toBe(energyOf(start, register - start, by));
        expect(Number.isInteger(sum)).toBe(true);
      }),
    );
  });
});
