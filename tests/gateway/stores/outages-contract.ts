import { expect, test } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import type { OutageCommit } from '#stores/outage-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AT, arrearsOrder, centreEvent, note, outage, plannedOutage } from './state-samples.ts';

export function commitOf(...outages: readonly Outage[]): OutageCommit {
  return { outages, supply: [], forgotten: [], events: [], at: AT };
}

/** What every state store must do with incidents, their notes, and what other systems announce. */
export function describeOutages(fresh: () => Promise<StateStore>): void {
  test('an outage comes back as it was committed last, with members in their order, and with its events', async () => {
    const { outages, events } = await fresh();
    expect(await outages.get('o1')).toBeNull();
    await outages.commit({ ...commitOf(outage('o1')), events: [centreEvent()], at: AT + 3 });
    expect(await outages.get('o1')).toEqual(outage('o1'));
    expect(await events.after(0, 9)).toMatchObject([{ subject: 'o1', committedAt: AT + 3 }]);
    const members = Array.from({ length: 5000 }, (_, i) => {
      return {
        meter: `m${String(i).padStart(4, '0')}`,
        from: AT + i,
        to: i % 2 ? null : AT + 9999,
        told: 'itself',
      } as const;
    });
    const place = { node: 'feeder', nodeId: 'F', area: null, areas: ['A1', 'A2', 'A3'], phase: 'b' } as const;
    const ended = { state: 'restored', restoredAt: AT + 9, planned: 'W-1', overrun: true, parent: 'o0' } as const;
    const grown = outage('o1', { members, ...place, ...ended, confirmedAt: null, revision: 2, evidence: [] });
    await outages.commit(commitOf(grown));
    expect(await outages.get('o1')).toEqual(grown);
    const fewer = members
      .filter((_, i) => i % 7 !== 3)
      .map((member, i) => (i === 9 ? { ...member, to: AT + 5 } : member));
    for (const next of [fewer, members.toReversed(), fewer, members]) {
      await outages.commit(commitOf({ ...grown, members: next }));
      expect((await outages.get('o1'))?.members).toEqual(next);
    }
    const { members: _members, evidence: _evidence, ...head } = grown;
    expect(await outages.head('o1')).toEqual(head);
    expect(await outages.head('o9')).toBeNull();
    await outages.commit(commitOf(outage('o1', { members: [], areas: [], area: null })));
    expect(await outages.get('o1')).toEqual(outage('o1', { members: [], areas: [], area: null }));
  });

  test('outages are listed newest first and page by page, by state, kind, place, size and meter', async () => {
    const { outages } = await fresh();
    const ended = [
      { state: 'open', restoredAt: null },
      { state: 'restored', restoredAt: AT + 99_000 },
    ] as const;
    const saved = Array.from({ length: 12 }, (_, i) =>
      outage(`o${String(i).padStart(2, '0')}`, {
        kind: i % 5 === 0 ? 'collection' : 'outage',
        startedAt: AT + Math.floor(i / 4) * 1000,
        ...ended[i % 2],
        areas: i % 3 === 0 ? ['A1'] : ['A1', 'A2'],
        feeder: i < 6 ? 'F1' : 'F2',
        district: i < 3 ? 'D1' : 'D2',
        customers: i,
        parent: i === 7 ? 'o03' : null,
        members: [{ meter: `m${i % 4}`, from: AT, to: null, told: 'itself' }],
      }),
    );
    await outages.commit(commitOf(...[...saved].reverse()));
    const newest = [...saved].sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
    expect(await outages.list({ limit: 100 })).toEqual(newest);
    const wanted = { limit: 100, states: ['open'], area: 'A2', meter: 'm2' } as const;
    const expected = newest.filter(
      ({ state, areas, members }) => state === 'open' && areas.includes('A2') && members[0]?.meter === 'm2',
    );
    expect(await outages.list(wanted)).toEqual(expected);
    expect((await outages.heads(wanted)).map(({ id, areas }) => [id, areas])).toEqual(
      expected.map(({ id, areas }) => [id, areas]),
    );
    const ids = async (filter: object) =>
      (await outages.heads({ limit: 100, ...filter })).map(({ id }) => id).toSorted();
    expect(await ids({ parent: 'o03' })).toEqual(['o07']);
    expect(await ids({ kinds: ['collection'] })).toEqual(['o00', 'o05', 'o10']);
    expect(await ids({ feeder: 'F1', minCustomers: 4 })).toEqual(['o04', 'o05']);
    expect(await ids({ district: 'D1', states: ['restored', 'dismissed'] })).toEqual(['o01']);
    const [from, to] = [AT + 2, AT + 3];
    expect(await outages.list({ limit: 100, during: { from, to } })).toEqual(
      newest.filter((each) => each.startedAt <= to && (each.restoredAt ?? Number.POSITIVE_INFINITY) > from),
    );
    const paged: unknown[] = [];
    for (let page = await outages.list({ limit: 5 }); page.length > 0; ) {
      paged.push(...page);
      const last = page.at(-1);
      page = last ? await outages.list({ limit: 5, after: last }) : [];
    }
    expect(paged).toEqual(newest);
  });

  test('members are paged by meter, and the part of one meter is found alone', async () => {
    const { outages } = await fresh();
    const ids = Array.from({ length: 7 }, (_, i) => `m${i}`);
    const members = ids.map((meter, i) => ({ meter, from: AT + i, to: null, told: 'presumed' as const }));
    await outages.commit(
      commitOf(outage('o1', { members }), outage('o2', { members: members.slice(3) }), outage('o3')),
    );
    const paged: unknown[] = [];
    for (let page = await outages.members('o1', 3, ''); page.length > 0; ) {
      paged.push(...page);
      page = await outages.members('o1', 3, page.at(-1)?.meter ?? '');
    }
    expect(paged).toEqual(members);
    const of = async (meter: string, among: string[]) =>
      (await outages.membership(meter, among)).map(({ outage: id, member }) => [id, member.from]).toSorted();
    expect(await of('m4', ['o1', 'o2', 'o9'])).toEqual([
      ['o1', AT + 4],
      ['o2', AT + 4],
    ]);
    expect(await of('m1', ['o2'])).toEqual([]);
  });

  test('what is remembered of meters is replaced meter by meter, and forgotten', async () => {
    const { outages } = await fresh();
    const remember = (supply: { meter: string; text: string }[], forgotten: string[] = []) =>
      outages.commit({ ...commitOf(), supply, forgotten });
    await remember([
      { meter: 'm1', text: 'a' },
      { meter: 'm2', text: 'b' },
    ]);
    await remember(
      [
        { meter: 'm2', text: '暗' },
        { meter: 'm3', text: 'c' },
      ],
      ['m1'],
    );
    const rows = [...(await outages.supply())].sort((a, b) => (a.meter < b.meter ? -1 : 1));
    expect(rows).toEqual([
      { meter: 'm2', text: '暗' },
      { meter: 'm3', text: 'c' },
    ]);
  });

  test('notes are kept oldest first, each once, and told when they are new', async () => {
    const { outages, events } = await fresh();
    await outages.commit(commitOf(outage('o1'), outage('o2')));
    const noted = centreEvent({ type: 'outage.noted.v1' });
    const first = note('n1', { kind: 'expected', expectedAt: AT + 60_000, text: '' });
    const newer = note('n2', { kind: 'expected', expectedAt: null, at: AT + 2, text: 'withdrawn' });
    const cause = note('n3', { kind: 'cause', at: AT + 1 });
    const other = note('n4', { outage: 'o2', kind: 'told' });
    for (const each of [first, newer, cause, other]) await outages.addNote(each, noted);
    await outages.addNote({ ...first, text: 'again' }, noted);
    expect(await outages.notes('o1')).toEqual([first, cause, newer]);
    expect(await events.after(0, 9)).toHaveLength(4);
    const newest = await outages.newestNotes(['o1', 'o2', 'o3']);
    expect(newest.map(({ id }) => id).toSorted()).toEqual(['n2', 'n3', 'n4']);
  });

  test('planned outages grow by their seq; an older one is stale, the same one changes nothing', async () => {
    const { orders } = await fresh();
    const before = await orders.version();
    expect(await orders.putPlanned(plannedOutage('W1', { seq: 3 }))).toBe('stored');
    expect(await orders.version()).not.toBe(before);
    expect(await orders.putPlanned(plannedOutage('W1', { seq: 3, updatedAt: AT + 9 }))).toBe('same');
    expect(await orders.putPlanned(plannedOutage('W1', { seq: 3, text: 'other' }))).toBe('stale');
    expect(await orders.putPlanned(plannedOutage('W1', { seq: 2 }))).toBe('stale');
    expect(await orders.planned('W1')).toEqual(plannedOutage('W1', { seq: 3 }));
    const later = plannedOutage('W0', { from: AT + 10, to: AT + 20 });
    await orders.putPlanned(later);
    const during = async (from: number, to: number) =>
      (await orders.plannedDuring(from, to)).map(({ externalId }) => externalId);
    expect(await during(AT, AT + 99)).toEqual(['W1', 'W0']);
    expect(await during(AT + 21, AT + 99)).toEqual(['W1']);
    expect(await during(AT - 9, AT - 1)).toEqual([]);
    await orders.putPlanned(plannedOutage('W1', { seq: 4, state: 'cancelled' }));
    expect(await during(AT, AT + 99)).toEqual(['W0']);
    expect(await orders.planned('W9')).toBeNull();
  });

  test('arrears orders are found by account, newest change first, and by state', async () => {
    const { orders } = await fresh();
    await orders.putArrears(arrearsOrder('Q1'));
    await orders.putArrears(arrearsOrder('Q2', { state: 'disconnected', updatedAt: AT + 5 }));
    await orders.putArrears(arrearsOrder('Q3', { account: '0002', state: 'paid' }));
    const ids = (found: readonly { externalId: string }[]) => found.map(({ externalId }) => externalId);
    expect(ids(await orders.arrearsOfAccount('0001'))).toEqual(['Q2', 'Q1']);
    expect(ids(await orders.arrearsIn(['disconnected', 'paid'])).toSorted()).toEqual(['Q2', 'Q3']);
    const version = await orders.version();
    expect(await orders.putArrears(arrearsOrder('Q1', { seq: 1, state: 'paid' }))).toBe('stale');
    expect(await orders.version()).toBe(version);
    expect(await orders.putArrears(arrearsOrder('Q1', { seq: 2, state: 'cancelled', updatedAt: AT + 9 }))).toBe(
      'stored',
    );
    expect(await orders.arrears('Q1')).toMatchObject({ seq: 2, state: 'cancelled' });
  });
}
