import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '#contract/reasons.ts';
import { Breaker } from '../../../collector/lines/breaker.ts';
import { Breakers } from '../../../collector/lines/breakers.ts';
import { planMeter } from '../../support/plan.ts';

/** Failures that say the address is not there. */
const SILENT = ['no_answer', 'crc_error', 'malformed', 'wrong_address'] as const;

describe('the breaker of an address', () => {
  it('that never answered opens at the first failure, and waits a quarter of a minute', () => {
    const breaker = new Breaker();
    expect(breaker.state(0)).toBe('closed');
    breaker.failed('no_answer', 1000);
    expect(breaker.state(1000)).toBe('open');
    expect(breaker.state(15_999)).toBe('open');
    expect(breaker.state(16_000)).toBe('probe');
    expect(breaker.probeAt).toBe(16_000);
  });

  it('that has answered before opens at the second failure in a row', () => {
    const breaker = new Breaker();
    breaker.answered();
    breaker.failed('no_answer', 0);
    expect(breaker.state(0)).toBe('closed');
    breaker.answered();
    breaker.failed('no_answer', 0);
    expect(breaker.state(0)).toBe('closed');
    breaker.failed('no_answer', 0);
    expect(breaker.state(0)).toBe('open');
  });

  it('doubles its wait with each failed probe up to a quarter of an hour', () => {
    const breaker = new Breaker();
    const waits: number[] = [];
    for (let mono = 0; waits.length < 9; mono = breaker.probeAt) {
      breaker.failed('no_answer', mono);
      waits.push((breaker.probeAt - mono) / 1000);
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it('closes at an answer and tells whether the address had been given up', () => {
    const breaker = new Breaker();
    expect(breaker.answered()).toBe(false);
    breaker.failed('no_answer', 0);
    expect(breaker.answered()).toBe(false);
    breaker.failed('no_answer', 0);
    breaker.failed('no_answer', 0);
    expect(breaker.answered()).toBe(true);
    expect(breaker.state(0)).toBe('closed');
    expect(breaker.cause).toBeNull();
  });

  it('keeps the reason of the first failure, whatever comes after it, and none while it is closed', () => {
    const breaker = new Breaker();
    breaker.answered();
    breaker.failed('crc_error', 0);
    expect(breaker.cause).toBeNull();
    breaker.failed('no_answer', 0);
    breaker.failed('malformed', 15_000);
    expect(breaker.cause).toBe('crc_error');
    breaker.answered();
    breaker.failed('no_answer', 20_000);
    breaker.failed('no_answer', 20_000);
    expect(breaker.cause).toBe('no_answer');
  });

  it('trusts an address from its first answer to its next failure', () => {
    const breaker = new Breaker();
    expect(breaker.trusted).toBe(false);
    breaker.answered();
    expect(breaker.trusted).toBe(true);
    breaker.failed('no_answer', 0);
    expect(breaker.trusted).toBe(false);
    breaker.answered();
    expect(breaker.trusted).toBe(true);
  });

  it.each(REASONS.filter((reason) => !(SILENT as readonly string[]).includes(reason)))(
    'takes %s for an answer: somebody is there',
    (reason) => {
      const breaker = new Breaker();
      breaker.failed('no_answer', 0);
      breaker.failed(reason, 15_000);
      expect(breaker.state(15_000)).toBe('closed');
      expect(breaker.trusted).toBe(true);
    },
  );

  it.each(SILENT)('takes %s for silence', (reason) => {
    const breaker = new Breaker();
    breaker.failed(reason, 0);
    expect(breaker.state(0)).toBe('open');
  });

  it('of a dead address lets through at most one request per wait, whatever asks and however often', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(steps, (gaps) => {
        const breaker = new Breaker();
        const passed: number[] = [];
        let mono = 0;
        for (const gap of gaps) {
          mono += gap;
          if (breaker.state(mono) === 'open') continue;
          passed.push(mono);
          breaker.failed('no_answer', mono);
        }
        for (const [i, at] of passed.slice(1).entries()) {
          expect(at - (passed[i] ?? 0)).toBeGreaterThanOrEqual(Math.min(15_000 * 2 ** i, 900_000));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the breakers of a line', () => {
  it('belong to addresses: two plan entries with one address share one', () => {
    const breakers = new Breakers();
    const old = planMeter('m1', { address: '7' });
    expect(breakers.of(old)).toBe(breakers.of(planMeter('m2', { address: '7' })));
    expect(breakers.of(old)).not.toBe(breakers.of(planMeter('m3', { address: '8' })));
  });

  it('count those that are open and name the one whose wait ends first', () => {
    const breakers = new Breakers();
    const [a, b, c] = [planMeter('m1'), planMeter('m2'), planMeter('m3')] as const;
    expect(breakers.nextToProbe).toBeNull();
    breakers.of(a).failed('no_answer', 2000);
    breakers.of(b).failed('no_answer', 1000);
    breakers.of(c).answered();
    expect(breakers.openCount).toBe(2);
    expect(breakers.nextToProbe?.meter.id).toBe('m2');
    breakers.of(b).failed('no_answer', 16_000);
    expect(breakers.nextToProbe?.meter.id).toBe('m1');
    breakers.of(a).answered();
    breakers.of(b).answered();
    expect(breakers.openCount).toBe(0);
    expect(breakers.nextToProbe).toBeNull();
  });
});
