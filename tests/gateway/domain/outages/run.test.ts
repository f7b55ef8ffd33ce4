import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterAround, quantileOf } from '#domain/outages/cluster.ts';
import { isMute, learn, NO_FACTS } from '#domain/outages/meter-facts.ts';
import { FRESH_RUN, isOff, type Run, withOff, withOn } from '#domain/outages/run.ts';
import { answered, battery, down, MIN, off, on, silent, T0 } from './area.ts';

type Fact = readonly ['on' | 'off', number];
const play = (facts: readonly Fact[]): Run =>
  facts.reduce((run, [fact, at]) => (fact === 'on' ? withOn(run, at) : withOff(run, at)), FRESH_RUN);

describe('a run of supply', () => {
  it('is off from the first moment without supply, and on again from the first with it', () => {
    const facts: Fact[] = [
      ['on', 10],
      ['off', 20],
      ['off', 30],
      ['on', 40],
      ['on', 50],
    ];
    expect(play(facts)).toEqual({ onAt: 50, offAt: 30, offSince: 20, onSince: 40 });
    expect(isOff(play(facts.slice(0, 3)))).toBe(true);
  });

  it('learns earlier beginnings and earlier ends afterwards', () => {
    expect(
      play([
        ['off', 30],
        ['off', 20],
      ]),
    ).toMatchObject({ offSince: 20, offAt: 30 });
    expect(
      play([
        ['off', 20],
        ['on', 50],
        ['on', 40],
      ]),
    ).toMatchObject({ onSince: 40, onAt: 50 });
  });

  it('passes over what is older than the newest supply', () => {
    expect(
      play([
        ['on', 40],
        ['off', 30],
      ]),
    ).toEqual({ ...FRESH_RUN, onAt: 40 });
    expect(
      play([
        ['off', 20],
        ['on', 40],
        ['off', 30],
      ]),
    ).toEqual(
      play([
        ['off', 20],
        ['on', 40],
      ]),
    );
  });

  it('takes supply for true when two facts of one moment disagree', () => {
    expect(
      play([
        ['off', 20],
        ['on', 20],
      ]),
    ).toEqual({ onAt: 20, offAt: 20, offSince: 20, onSince: 20 });
    expect(
      play([
        ['on', 20],
        ['off', 20],
      ]),
    ).toEqual({ ...FRESH_RUN, onAt: 20 });
  });

  it('is changed by no fact that it contains', () => {
    const fact = fc.tuple(fc.constantFrom('on', 'off'), fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(fc.array(fact), (facts) => {
        const run = play(facts);
        for (const one of facts) expect(play([...facts, one])).toEqual(run);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the facts of a meter', () => {
  const evidence = fc
    .tuple(
      fc.constantFrom('on', 'lost', 'off', 'battery', 'silent', 'answered', 'down', 'ended'),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([kind, start, length]) => {
      const at = T0 + start * MIN;
      if (kind === 'on') return on('m', at);
      if (kind === 'lost') return on('m', at, ['b']);
      if (kind === 'down') return down('m', at, null);
      if (kind === 'ended') return down('m', at, at + length * MIN);
      return { off, battery, silent, answered }[kind]('m', at);
    });
  const settings = { minDownMs: MIN };

  it('are the same object after evidence that they contain', () => {
    fc.assert(
      fc.property(fc.array(evidence), (list) => {
        const facts = list.reduce((known, one) => learn(known, one, settings), NO_FACTS);
        for (const one of list) expect(learn(facts, one, settings)).toBe(facts);
      }),
      { numRuns: 1000 },
    );
  });

  it('are bounded, however much evidence comes', () => {
    fc.assert(
      fc.property(fc.array(evidence, { maxLength: 200 }), (list) => {
        const facts = list.reduce((known, one) => learn(known, one, settings), NO_FACTS);
        expect(facts.downs.length).toBeLessThanOrEqual(4);
        expect(JSON.stringify(facts).length).toBeLessThan(1000);
      }),
      { numRuns: 50 },
    );
  });

  it('leave out interruptions shorter than the least, and records without end older than three days', () => {
    expect(learn(NO_FACTS, down('m', T0, T0 + MIN - 1), settings)).toBe(NO_FACTS);
    expect(learn(NO_FACTS, down('m', T0, T0 + MIN), settings).downs).toHaveLength(1);
    const days = 4320 * MIN;
    expect(learn(NO_FACTS, down('m', T0, null, T0 + days + 1), settings)).toBe(NO_FACTS);
    expect(learn(NO_FACTS, down('m', T0, null, T0 + days), settings).supply.offAt).toBe(T0);
  });

  it('call a meter mute only when it was silent after everything that was heard of it', () => {
    const facts = [answered('m', T0), silent('m', T0)].reduce((known, one) => learn(known, one, settings), NO_FACTS);
    expect(isMute(facts)).toBe(false);
    expect(isMute(learn(facts, silent('m', T0 + 1), settings))).toBe(true);
    expect(isMute(learn(learn(facts, silent('m', T0 + 1), settings), off('m', T0 + 2), settings))).toBe(false);
  });

  it('take the phases from the newest reading', () => {
    const newer = learn(NO_FACTS, on('m', T0 + MIN), settings);
    expect(learn(newer, on('m', T0, ['b']), settings).phases).toBeNull();
    const lost = learn(newer, on('m', T0 + 2 * MIN, ['b']), settings);
    expect(lost.phases?.b?.offSince).toBe(T0 + 2 * MIN);
  });
});

describe('clusters', () => {
  const moments = (...at: number[]) => at.map((when, i) => ({ meter: `m${i}`, at: when }));

  it('are the most moments within the window around an instant', () => {
    expect(clusterAround(moments(0, 4, 6, 9, 20), 6, 5).map(({ at }) => at)).toEqual([4, 6, 9]);
    expect(clusterAround(moments(0, 4, 6), 20, 5)).toEqual([]);
    expect(clusterAround(moments(0, 5, 10), 5, 5).map(({ at }) => at)).toEqual([0, 5]);
  });

  it('count each meter once', () => {
    const twice = [
      { meter: 'm', at: 1 },
      { meter: 'm', at: 2 },
      { meter: 'n', at: 3 },
    ];
    expect(clusterAround(twice, 2, 5)).toEqual([
      { meter: 'm', at: 1 },
      { meter: 'n', at: 3 },
    ]);
  });

  it('are never wider than the window and always include the instant', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.nat(100), fc.nat(30), (list, around, windowMs) => {
        const found = clusterAround(moments(...list, around), around, windowMs).map(({ at }) => at);
        expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(windowMs);
        expect(found).toContain(around);
      }),
    );
  });

  it('end by the instant at which the wanted share had come', () => {
    expect(quantileOf([5, 1, 3, 2, 4, 6, 7, 8, 10, 9], 0.9)).toBe(9);
    expect(quantileOf([7], 0.9)).toBe(7);
  });
});
