import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mustGiveWay } from '../../collector/twin.ts';

const OWN = { instance: 'b', startedAt: 2000 };
const EARLIER = { instance: 'a', startedAt: 1000, online: true };

describe('a collector that hears another one with its id', () => {
  it('gives way to one that started before it and is alive beside it', () => {
    expect(mustGiveWay(OWN, EARLIER, false)).toBe(true);
  });

  it.each([
    ['its own words', { ...EARLIER, instance: 'b' }],
    ['the farewell or the last will of its predecessor', { ...EARLIER, online: false }],
    ['one that started later', { ...EARLIER, startedAt: 2001 }],
  ])('does not give way to %s', (_what, heard) => {
    expect(mustGiveWay(OWN, heard, false)).toBe(false);
  });

  it('does not give way to what the broker has retained: it may be the last word of one that was cut off', () => {
    expect(mustGiveWay(OWN, EARLIER, true)).toBe(false);
  });

  it('gives way or has the other give way, never both and never neither', () => {
    const instance = fc.record({ instance: fc.stringMatching(/^[0-9a-f]{4}$/), startedAt: fc.nat(5) });
    fc.assert(
      fc.property(instance, instance, (a, b) => {
        fc.pre(a.instance !== b.instance);
        const [aGoes, bGoes] = [
          mustGiveWay(a, { ...b, online: true }, false),
          mustGiveWay(b, { ...a, online: true }, false),
        ];
        expect(aGoes).toBe(!bGoes);
      }),
    );
  });
});
