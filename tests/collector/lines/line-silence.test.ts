import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSilence } from '../../../collector/lines/line-silence.ts';

describe('the silence of a line', () => {
  it('is none before the first request', () => {
    expect(new LineSilence({ pauseMs: 500, quietMs: 800 }).wait(0)).toBe(0);
  });

  it('lasts the pause after the end of our own request', () => {
    const silence = new LineSilence({ pauseMs: 500, quietMs: 800 });
    silence.spoken(1000);
    expect(silence.wait(900)).toBe(600);
    expect(silence.wait(1499)).toBe(1);
    expect(silence.wait(1500)).toBe(0);
  });

  it('lasts the pause after the last byte heard', () => {
    const silence = new LineSilence({ pauseMs: 500, quietMs: 800 });
    silence.spoken(1000);
    silence.heard(1200);
    expect(silence.wait(1200)).toBe(500);
  });

  it('lasts the quiet time after a disturbance, and from each late byte anew', () => {
    const silence = new LineSilence({ pauseMs: 50, quietMs: 800 });
    silence.spoken(0);
    silence.disturbed(1000);
    expect(silence.wait(1000)).toBe(800);
    silence.heard(1500);
    expect(silence.wait(1799)).toBe(501);
    expect(silence.wait(2300)).toBe(0);
  });

  it('never lasts less than the pause because the quiet time is shorter', () => {
    const silence = new LineSilence({ pauseMs: 500, quietMs: 10 });
    silence.spoken(0);
    silence.heard(100);
    silence.disturbed(100);
    expect(silence.wait(100)).toBe(500);
  });

  it('of a disturbance is over with the next request', () => {
    const silence = new LineSilence({ pauseMs: 0, quietMs: 800 });
    silence.disturbed(1000);
    silence.spoken(1100);
    expect(silence.wait(1100)).toBe(0);
  });

  it('only ever shrinks by the time that passes, and any byte only prolongs it', () => {
    const step = fc.record({ after: fc.nat(2000), what: fc.constantFrom('heard', 'disturbed', 'spoken') });
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.array(step, { maxLength: 20 }), (pauseMs, quietMs, steps) => {
        const silence = new LineSilence({ pauseMs, quietMs });
        let now = 0;
        for (const { after, what } of steps) {
          const before = silence.wait(now);
          now += after;
          expect(silence.wait(now)).toBe(Math.max(0, before - after));
          const left = silence.wait(now);
          if (what === 'heard') silence.heard(now);
          else if (what === 'disturbed') silence.disturbed(now);
          else silence.spoken(now);
          if (what !== 'spoken') expect(silence.wait(now)).toBeGreaterThanOrEqual(left);
          expect(silence.wait(now)).toBeLessThanOrEqual(Math.max(pauseMs, quietMs));
        }
      }),
    );
  });
});
