import { describe, expect, it } from 'vitest';
import { down, each, MIN, off, on, T0, topologyOf, Watch } from './area.ts';

const LATER = T0 + 30 * MIN;

describe('a missing phase at a meter', () => {
  it('is an incident of that phase while another phase is there, and ends when it is back', () => {
    const watch = new Watch(topologyOf(40));
    expect(watch.feed(on('m1', T0, ['b']))).toMatchObject([
      {
        kind: 'phase-lost',
        node: 'meter',
        nodeId: 'm1',
        area: 'a',
        phase: 'b',
        startedAt: T0,
        meters: ['m1'],
        evidence: [{ fact: 'phase_off', detail: 'B' }],
      },
    ]);
    expect(watch.feed(on('m1', T0 + 5 * MIN, ['b']))).toEqual([]);
    expect(watch.feed(on('m1', LATER))).toMatchObject([{ restoredAt: LATER, revision: 2 }]);
    expect(watch.feed(on('m1', LATER))).toEqual([]);
  });

  it('is one incident for each of two phases', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(on('m1', T0, ['a', 'c']));
    expect(watch.open.map(({ phase }) => phase)).toEqual(['a', 'c']);
    watch.feed(on('m1', LATER, ['c']));
    expect(watch.open.map(({ phase }) => phase)).toEqual(['c']);
  });

  it('is none when every phase is off', () => {
    expect(new Watch(topologyOf(40)).feed(off('m1', T0))).toEqual([]);
  });
});

describe('a missing phase of an area', () => {
  it('is told by the supply meter alone, and ended by it alone', () => {
    const watch = new Watch(topologyOf(40));
    expect(watch.feed(on('s', T0, ['c']))).toMatchObject([
      { kind: 'phase-lost', node: 'area', nodeId: 'a', phase: 'c', confidence: 'high', meters: ['s'] },
    ]);
    watch.feed(on('m1', T0 + MIN, ['c']));
    expect(watch.open).toMatchObject([{ node: 'area', meters: ['s', 'm1'] }]);
    watch.feed(on('m1', LATER));
    expect(watch.open).toHaveLength(1);
    expect(watch.feed(on('s', LATER + MIN))).toMatchObject([{ node: 'area', restoredAt: LATER + MIN }]);
  });

  it('told by the supply meter is not ended by customers, however many', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(on('s', T0, ['c']), ...each(9, (m) => on(m, T0, ['c'])));
    watch.feed(...each(9, (m) => on(m, LATER)));
    expect(watch.open).toMatchObject([{ node: 'area', phase: 'c' }]);
  });

  it('told by customers ends when 90 % of them have it again', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(...each(10, (m) => on(m, T0, ['a'])));
    const open = (): unknown[] => watch.open.filter(({ node }) => node === 'area');
    watch.feed(...each(8, (m) => on(m, LATER)));
    expect(open()).toHaveLength(1);
    watch.feed(on('m8', LATER + MIN));
    expect(open()).toEqual([]);
  });

  it('leaves out meters that missed it long before', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(on('m7', T0 - 60 * MIN, ['a']));
    watch.feed(...each(3, (m) => on(m, T0, ['a'])), on('m7', T0 + MIN, ['a']));
    expect(watch.open.find(({ node }) => node === 'area')?.meters).toEqual(['m0', 'm1', 'm2']);
  });

  it('is told by three meters that miss the same one within the window', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(on('m1', T0, ['a']), on('m2', T0 + MIN, ['b']), on('m3', T0 + MIN, ['a']));
    expect(watch.open.every(({ node }) => node === 'meter')).toBe(true);
    watch.feed(on('m4', T0 + 5 * MIN, ['a']));
    expect(watch.open.filter(({ node }) => node === 'area')).toMatchObject([
      { phase: 'a', startedAt: T0, meters: ['m1', 'm3', 'm4'] },
    ]);
    watch.feed(...['m1', 'm3', 'm4'].map((m) => on(m, LATER)));
    expect(watch.open).toMatchObject([{ node: 'meter', nodeId: 'm2' }]);
  });

  it('is not told by meters that lost it further apart', () => {
    const watch = new Watch(topologyOf(40));
    watch.feed(...each(3, (m) => on(m, T0 + Number(m.slice(1)) * 6 * MIN, ['a'])));
    expect(watch.open.every(({ node }) => node === 'meter')).toBe(true);
  });
});

describe('single-phase meters on one known phase that go dark', () => {
  const phases = (['a', 'b', 'c'] as const).flatMap((phase) => [phase, phase, phase, phase]);

  it('tell of a missing phase when a meter on another phase has voltage', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(on('m0', T0 + 2 * MIN));
    watch.feed(off('m4', T0), off('m5', T0));
    const seen = watch.feed(down('m6', T0 + MIN, null));
    expect(seen.filter(({ kind }) => kind === 'phase-lost')).toMatchObject([{ node: 'area', phase: 'b' }]);
    watch.feed(...['m4', 'm5', 'm6'].map((m) => on(m, LATER)));
    expect(watch.open).toEqual([]);
  });

  it('raise no outage of the area on top of it', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(on('m0', T0 + 2 * MIN));
    watch.feed(...[4, 5, 6, 7].map((i) => off(`m${i}`, T0 + MIN)));
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'b', meters: ['m4', 'm5', 'm6', 'm7'] }]);
  });

  it('need no other witness than a three-phase meter that misses the same', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(on('m20', T0, ['b']), off('m4', T0 + MIN), off('m5', T0 + MIN));
    expect(watch.open.filter(({ node }) => node === 'area')).toMatchObject([
      { kind: 'phase-lost', phase: 'b', meters: ['m4', 'm5', 'm20'] },
    ]);
  });

  it('tell of an outage when the witness had voltage only before the last of them lost it', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(off('m4', T0), off('m5', T0), on('m0', T0 + MIN), off('m6', T0 + 2 * MIN));
    expect(watch.open).toMatchObject([{ kind: 'outage' }]);
  });

  it('tell of an outage when they hang on different phases', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(off('m0', T0), off('m4', T0), off('m5', T0), on('m8', T0 + MIN));
    expect(watch.open).toMatchObject([{ kind: 'outage', meters: ['m0', 'm4', 'm5'] }]);
    const later = new Watch(topologyOf(40, phases));
    later.feed(on('m8', T0 + MIN));
    later.feed(off('m0', T0), off('m4', T0), off('m5', T0));
    expect(later.open).toMatchObject([{ kind: 'outage', meters: ['m0', 'm4', 'm5'] }]);
  });

  it('tell of an outage when nobody has voltage', () => {
    const watch = new Watch(topologyOf(40, phases));
    watch.feed(...[4, 5, 6].map((i) => off(`m${i}`, T0)));
    expect(watch.open).toMatchObject([{ kind: 'outage' }]);
  });
});
