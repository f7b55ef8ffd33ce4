import { describe, expect, it } from 'vitest';
import type { Outage, OutageHead } from '#contract/outage.ts';
import { MOST_MEMBERS, Unwritten } from '../../../gateway/outages/unwritten.ts';
import { SLOT } from '../../support/centre.ts';
import { outage } from './at-work.ts';

/** An incident with so many members. */
function large(id: string, count: number, over: Partial<Outage> = {}): Outage {
  const members = Array.from({ length: count }, (_, i) => ({
    meter: `${id}-${i}`,
    from: SLOT,
    to: null,
    told: 'itself' as const,
  }));
  return outage({ id, customers: count, ...over, members });
}

function storeOf(...heads: OutageHead[]): (id: string) => OutageHead | null {
  return (id) => heads.find((head) => head.id === id) ?? null;
}

/** Ids that are due, portion by portion; they count as written. */
function written(
  unwritten: Unwritten,
  known: (id: string) => OutageHead | null,
  mono: number,
  all = false,
): string[][] {
  const portions = unwritten.due(known, mono, all);
  for (const portion of portions) unwritten.wrote(portion, mono);
  return portions.map(({ outages }) => outages.map(({ id }) => id));
}

function changed(...outages: Outage[]) {
  return { changed: outages, supply: [], forgotten: [] };
}

describe('what is not written yet', () => {
  it('is written in transactions that do not hold up others for long', () => {
    const unwritten = new Unwritten();
    unwritten.add(changed(...Array.from({ length: 12 }, (_, i) => large(`o${i}`, 1000))));
    unwritten.add({ changed: [], supply: [{ meter: 'm', text: 't' }], forgotten: ['n'] });
    const portions = unwritten.due(storeOf(), 0, false);
    for (const { outages } of portions) {
      expect(outages.reduce((sum, { members }) => sum + members.length, 0)).toBeLessThanOrEqual(MOST_MEMBERS);
    }
    expect(portions.flatMap(({ outages }) => outages)).toHaveLength(12);
  });

  it('puts the memory of meters behind the incidents that were derived from it', () => {
    const unwritten = new Unwritten();
    unwritten.add(changed(large('o1', MOST_MEMBERS), large('o2', 10)));
    unwritten.add({ changed: [], supply: [{ meter: 'm', text: 't' }], forgotten: ['n'] });
    const portions = unwritten.due(storeOf(), 0, false);
    expect(portions.map(({ supply, forgotten }) => [...supply.map(({ meter }) => meter), ...forgotten])).toEqual([
      [],
      ['m', 'n'],
    ]);
  });

  it('does not make one long statement of the memory of many meters', () => {
    const unwritten = new Unwritten();
    const supply = Array.from({ length: 2500 }, (_, i) => ({ meter: `m${i}`, text: 't' }));
    unwritten.add({ changed: [large('o1', 10)], supply, forgotten: [] });
    const portions = unwritten.due(storeOf(), 0, false);
    expect(portions.map((portion) => [portion.outages.length, portion.supply.length])).toEqual([
      [1, 1000],
      [0, 1000],
      [0, 500],
    ]);
    expect(portions.flatMap((portion) => portion.supply)).toEqual(supply);
  });

  it('takes what begins and ends at once, however much there is', () => {
    const unwritten = new Unwritten();
    const open = large('o1', 60_000);
    unwritten.add(changed(open, large('o2', 60_000)));
    expect(written(unwritten, storeOf(), 0).flat()).toEqual(['o1', 'o2']);
    unwritten.add(changed({ ...open, state: 'restored', restoredAt: SLOT + 1 }));
    expect(written(unwritten, storeOf(open), 1).flat()).toEqual(['o1']);
  });

  it('rewrites large incidents in turn, those that wait longest first, and none is left out for ever', () => {
    const unwritten = new Unwritten();
    const outages = Array.from({ length: 8 }, (_, i) => large(`o${i}`, 9000));
    const known = storeOf(...outages);
    const rounds: string[][] = [];
    for (let second = 1; second <= 4; second++) {
      unwritten.add(changed(...outages.map((each) => ({ ...each, revision: second + 1 }))));
      rounds.push(written(unwritten, known, second * 1000).flat());
    }
    expect(rounds).toEqual([
      ['o0', 'o1', 'o2'],
      ['o3', 'o4', 'o5'],
      ['o6', 'o7', 'o0'],
      ['o1', 'o2', 'o3'],
    ]);
  });

  it('keeps what has changed while it was written', () => {
    const unwritten = new Unwritten();
    const [first, second] = [large('o1', 1), large('o1', 2, { revision: 2 })];
    unwritten.add({ ...changed(first), supply: [{ meter: 'm', text: 'before' }] });
    const portions = unwritten.due(storeOf(), 0, false);
    unwritten.add({ ...changed(second), supply: [{ meter: 'm', text: 'after' }] });
    for (const portion of portions) unwritten.wrote(portion, 0);
    const [left] = unwritten.due(storeOf(first), 5000, true);
    expect(left).toEqual({ outages: [second], supply: [{ meter: 'm', text: 'after' }], forgotten: [] });
  });

  it('remembers of a meter what was said last: known again after forgotten', () => {
    const unwritten = new Unwritten();
    unwritten.add({ changed: [], supply: [], forgotten: ['m'] });
    unwritten.add({ changed: [], supply: [{ meter: 'm', text: 't' }], forgotten: [] });
    expect(unwritten.due(storeOf(), 0, false)).toEqual([
      { outages: [], supply: [{ meter: 'm', text: 't' }], forgotten: [] },
    ]);
  });
});
