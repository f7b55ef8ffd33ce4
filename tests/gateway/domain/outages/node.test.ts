import { describe, expect, it } from 'vitest';
import { areaMeters, down, HOUR, MIN, off, on, SEC, silent, T0, terminalDown, up, Watch, way } from './site.ts';

const at = (outage: { node: string; nodeId: string } | undefined) => outage && [outage.node, outage.nodeId];

describe('the node of an outage', () => {
  it('is the box when all meters of a box go dark', () => {
    const watch = new Watch(areaMeters('a1'));
    const changed = watch.feed(watch.under('a1-00').map((meter) => down(meter, T0)));
    expect(changed).toHaveLength(1);
    expect(changed[0]).toMatchObject({
      kind: 'outage',
      state: 'open',
      node: 'box',
      nodeId: 'a1/X00',
      district: 'd1',
      feeder: 'f1',
      area: 'a1',
      areas: ['a1'],
      startedAt: T0,
      restoredAt: null,
      customers: 4,
      dark: 4,
      confidence: 'high',
      revision: 1,
    });
  });

  it('is the branch when meters of two of its boxes go dark, and takes the silent rest of it as presumed', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(['a1-000', 'a1-001', 'a1-010'].map((meter) => down(meter, T0)));
    expect(watch.open.map(at)).toEqual([['branch', 'a1/B0']]);
    expect(watch.open[0]).toMatchObject({ customers: 12, dark: 3 });
    expect(watch.open[0]?.members.filter(({ told }) => told === 'presumed')).toHaveLength(9);
  });

  it('is the area when its branches go dark', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(['a1-000', 'a1-010', 'a1-100'].map((meter) => down(meter, T0)));
    expect(watch.open.map(at)).toEqual([['area', 'a1']]);
  });

  it('is the feeder when two of its areas go dark, with the areas that it reaches', () => {
    const watch = new Watch([...areaMeters('a1'), ...areaMeters('a2')]);
    watch.feed([...watch.under('a1-'), ...watch.under('a2-')].map((meter) => down(meter, T0)));
    expect(watch.open.map(at)).toEqual([['feeder', 'f1']]);
    expect(watch.open[0]).toMatchObject({ areas: ['a1', 'a2'], area: null, customers: 48 });
  });

  it('is each area when others of the feeder were seen lit', () => {
    const watch = new Watch([...areaMeters('a1'), ...areaMeters('a2'), ...areaMeters('a3')]);
    const dark = [...watch.under('a1-'), ...watch.under('a2-')];
    watch.feed([
      ...dark.map((meter) => down(meter, T0)),
      ...watch.under('a3-').map((meter) => on(meter, T0 + 3 * MIN)),
    ]);
    expect(watch.open.map(at)).toEqual([
      ['area', 'a1'],
      ['area', 'a2'],
    ]);
  });

  it('is each box when the boxes between were seen lit', () => {
    const watch = new Watch(areaMeters('a1'));
    const dark = [...watch.under('a1-00'), ...watch.under('a1-11')];
    const lit = watch.under('a1-').filter((meter) => !dark.includes(meter));
    watch.feed([...dark.map((meter) => down(meter, T0)), ...lit.map((meter) => on(meter, T0 + 2 * MIN))]);
    expect(watch.open.map(at)).toEqual([
      ['box', 'a1/X00'],
      ['box', 'a1/X11'],
    ]);
    expect(watch.open[0]?.evidence.some(({ detail }) => detail === 'neighbour')).toBe(false);
  });

  it('narrows when it turns out that others are lit, without becoming another incident', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(['a1-000', 'a1-001', 'a1-010', 'a1-011'].map((meter) => down(meter, T0)));
    expect(watch.open.map(at)).toEqual([['branch', 'a1/B0']]);
    const id = watch.open[0]?.id;
    watch.feed(watch.under('a1-02').map((meter) => on(meter, T0 + 3 * MIN)));
    expect(watch.open.map(at)).toEqual([
      ['box', 'a1/X00'],
      ['box', 'a1/X01'],
    ]);
    expect(watch.open.some((outage) => outage.id === id)).toBe(true);
  });

  it('needs three meters, or a tenth of them, but two wherever there are two', () => {
    const watch = new Watch(areaMeters('a1', { boxes: 1, meters: 40 }));
    watch.feed(['a1-001', 'a1-0039'].map((meter) => down(meter, T0)));
    expect(watch.open).toEqual([]);
    expect(watch.in('unconfirmed').map(at)).toEqual([
      ['meter', 'a1-001'],
      ['meter', 'a1-0039'],
    ]);
    watch.feed([down('a1-005', T0 + MIN)]);
    expect(watch.open.map(at)).toEqual([['box', 'a1/X00']]);
    expect(watch.in('unconfirmed')).toEqual([]);
  });

  it('keeps the id of the largest when what seemed to be several is one', () => {
    const watch = new Watch([...areaMeters('a1'), ...areaMeters('a2')]);
    watch.feed(watch.under('a1-00').map((meter) => down(meter, T0)));
    const id = watch.open[0]?.id;
    watch.feed(watch.under('a1-1').map((meter) => down(meter, T0 + SEC)));
    expect(watch.open).toMatchObject([{ id, node: 'area' }]);
    watch.feed(watch.under('a2-').map((meter) => down(meter, T0 - 20 * SEC, null, T0 + MIN)));
    expect(watch.open).toMatchObject([{ id, node: 'feeder', nodeId: 'f1' }]);
    expect(watch.told.size).toBe(1);
  });

  it('is the area even where the registry knows neither branches nor boxes', () => {
    const watch = new Watch(areaMeters('a1', { boxed: false }));
    watch.feed(watch.under('a1-0').map((meter) => down(meter, T0)));
    expect(watch.open.map(at)).toEqual([['area', 'a1']]);
    watch.feed(watch.under('a1-1').map((meter) => on(meter, T0 + 3 * MIN)));
    expect(watch.open).toHaveLength(1);
    expect(watch.open[0]).toMatchObject({ node: 'area', customers: 12 });
  });

  it('is the area when its supply meter is dark and no customer was lit since', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([off('a1-s', T0)]);
    expect(watch.open).toEqual([]);
    expect(watch.in('unconfirmed')).toMatchObject([{ node: 'area', nodeId: 'a1' }]);
    watch.feed([off('a1-s', T0 + MIN)]);
    expect(watch.open[0]).toMatchObject({ node: 'area', nodeId: 'a1', confidence: 'medium', customers: 24, dark: 1 });
    watch.feed([down('a1-000', T0 + MIN)]);
    expect(watch.open[0]).toMatchObject({ confidence: 'high' });
    const lit = new Watch(areaMeters('a1'));
    lit.feed([off('a1-s', T0), on('a1-000', T0 + 3 * MIN)]);
    expect(lit.open).toEqual([]);
  });

  it('is the area when its terminal says so and no customer was lit since; the way down alone says nothing', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([way('way_down', 'concentrator', 'c-a1', T0)], T0 + 10 * MIN);
    expect(watch.open.filter(({ kind }) => kind !== 'collection')).toEqual([]);
    watch.feed([terminalDown('c-a1', T0)], T0 + 10 * MIN);
    expect(watch.open.find(({ kind }) => kind === 'outage')).toMatchObject({
      node: 'area',
      confidence: 'medium',
      customers: 24,
    });
    const lit = new Watch(areaMeters('a1'));
    lit.feed([terminalDown('c-a1', T0), on('a1-000', T0 + 3 * MIN)]);
    expect(lit.open).toEqual([]);
  });

  it('takes what was read dark later in the same outage, though not within the window', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(watch.under('a1-00').map((meter) => down(meter, T0)));
    watch.feed([on('a1-000', T0 - 10 * MIN), off('a1-011', T0 + 15 * MIN), off('a1-100', T0 + 16 * MIN)]);
    expect(watch.open.map(at)).toEqual([['area', 'a1']]);
    expect(watch.open[0]).toMatchObject({ startedAt: T0, dark: 6 });
  });
});

describe('one meter alone', () => {
  it('is unconfirmed, and dismissed when it answers', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([down('a1-000', T0)]);
    expect(watch.in('unconfirmed')).toMatchObject([{ node: 'meter', nodeId: 'a1-000', confirmedAt: null }]);
    watch.feed([on('a1-000', T0 + 2 * MIN)]);
    expect(watch.in('dismissed')).toMatchObject([
      { nodeId: 'a1-000', restoredAt: null, confirmedAt: null, revision: 2 },
    ]);
    expect(watch.feed([on('a1-000', T0 + 4 * MIN)])).toEqual([]);
  });

  it('is open when it twice does not answer while a neighbour does, and restored when it answers', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([down('a1-000', T0)]);
    watch.feed([silent('a1-000', T0 + 2 * MIN), on('a1-001', T0 + 2 * MIN)]);
    expect(watch.open).toEqual([]);
    watch.feed([silent('a1-000', T0 + 3 * MIN)]);
    expect(watch.open).toMatchObject([{ node: 'meter', nodeId: 'a1-000', confidence: 'medium' }]);
    watch.feed([on('a1-000', T0 + 30 * MIN)]);
    expect(watch.in('restored')).toMatchObject([{ nodeId: 'a1-000', restoredAt: T0 + 30 * MIN }]);
  });

  it('is a restored incident of low confidence when it recorded the interruption whole', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([down('a1-000', T0, T0 + 20 * MIN)]);
    expect(watch.in('restored')).toMatchObject([
      { node: 'meter', startedAt: T0, restoredAt: T0 + 20 * MIN, confidence: 'low' },
    ]);
  });
});

describe('restoration', () => {
  it('comes when 90 % are back, at the time that they recorded', () => {
    const watch = new Watch(areaMeters('a1'));
    const dark = watch.under('a1-');
    watch.feed(dark.map((meter) => down(meter, T0)));
    const ends = dark.map((meter) => down(meter, T0, T0 + 40 * MIN));
    watch.feed(ends.slice(0, 20), T0 + 41 * MIN);
    expect(watch.open).toHaveLength(1);
    watch.feed(ends.slice(20), T0 + 42 * MIN);
    expect(watch.in('restored')).toMatchObject([{ node: 'area', restoredAt: T0 + 40 * MIN, dark: 24 }]);
    expect(watch.told.size).toBe(1);
  });

  it('comes when the supply meter is back', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...watch.under('a1-'), 'a1-s'].map((meter) => down(meter, T0)));
    watch.feed([up('a1-s', T0 + 30 * MIN)]);
    expect(watch.in('restored')).toMatchObject([{ node: 'area', restoredAt: T0 + 30 * MIN }]);
  });

  it('leaves what stays dark as an incident of its own, unconfirmed until two probes are in vain', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...watch.under('a1-'), 'a1-s'].map((meter) => down(meter, T0)));
    const stays = watch.under('a1-01');
    const back = watch.under('a1-').filter((meter) => !stays.includes(meter));
    watch.feed([up('a1-s', T0 + 30 * MIN), ...back.map((meter) => up(meter, T0 + 30 * MIN))]);
    const parent = watch.in('restored')[0];
    expect(watch.in('unconfirmed')).toMatchObject([
      { node: 'box', nodeId: 'a1/X01', parent: parent?.id, startedAt: T0 + 30 * MIN },
    ]);
    const wishes = watch.engine.wishes(T0 + 31 * MIN);
    expect(wishes).toMatchObject([{ why: 'nested' }]);
    expect([...(wishes[0]?.meters ?? [])].sort()).toEqual(stays);
    watch.feed([...stays.map((meter) => silent(meter, T0 + 33 * MIN)), on('a1-000', T0 + 34 * MIN)]);
    expect(watch.open).toEqual([]);
    watch.feed(stays.map((meter) => silent(meter, T0 + 38 * MIN)));
    expect(watch.open).toMatchObject([{ node: 'box', nodeId: 'a1/X01', parent: parent?.id, customers: 4 }]);
    watch.feed(stays.map((meter) => down(meter, T0, T0 + 90 * MIN)));
    expect(watch.open).toEqual([]);
    expect(watch.in('restored').map((each) => [...(at(each) ?? []), each.restoredAt])).toEqual([
      ['area', 'a1', T0 + 30 * MIN],
      ['box', 'a1/X01', T0 + 90 * MIN],
    ]);
  });

  it('splits nothing when it is told late: who says that it is back, or answers after the first, was dark', () => {
    const watch = new Watch(areaMeters('a1', { supply: false }));
    const [first = '', second = '', third = '', ...others] = watch.under('a1-');
    watch.feed([first, second, third, ...others.slice(-3)].map((meter) => down(meter, T0, null, T0 + MIN)));
    expect(watch.open).toMatchObject([{ node: 'area', customers: 24 }]);
    const id = watch.open[0]?.id;
    watch.feed([first, ...others.slice(0, 9)].map((meter) => ({ ...up(meter, T0 + 3 * MIN), seenAt: T0 + 5 * MIN })));
    watch.feed(others.slice(9, 12).map((meter) => on(meter, T0 + 4 * MIN)));
    expect(watch.told.size).toBe(1);
    watch.feed([second, third].map((meter) => up(meter, T0 + 3 * MIN)));
    watch.feed(others.slice(-3, -1).map((meter) => on(meter, T0 + 30 * MIN)));
    watch.feed(others.slice(-1).map((meter) => on(meter, T0 + 90 * MIN)));
    watch.settle(T0 + 5 * HOUR);
    expect(watch.in('open', 'unconfirmed')).toEqual([]);
    expect(watch.in('restored')).toMatchObject([{ id, node: 'area', customers: 24, restoredAt: T0 + 3 * MIN }]);
    expect(new Set(watch.in('restored')[0]?.members.map(({ to }) => to))).toEqual(new Set([T0 + 3 * MIN]));
  });

  it('is not undone by what is forgotten', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([down('a1-000', T0), on('a1-001', T0 + 2 * MIN)]);
    watch.feed([silent('a1-000', T0 + 2 * MIN), silent('a1-000', T0 + 4 * MIN)]);
    watch.feed([on('a1-000', T0 + 30 * MIN), on('a1-001', T0 + 30 * MIN)]);
    expect(watch.in('restored')).toMatchObject([{ nodeId: 'a1-000' }]);
    for (let minute = 40; minute < 400; minute += 10) watch.feed([silent('a1-000', T0 + minute * MIN)]);
    watch.feed([down('a1-000', T0 + 10 * HOUR, T0 + 11 * HOUR), down('a1-001', T0 + 29 * MIN, T0 + 30 * MIN)]);
    expect(watch.in('restored').filter(({ startedAt }) => startedAt === T0)).toMatchObject([{ nodeId: 'a1-000' }]);
  });

  it('tells what hardly matters an hour later, and only once', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(watch.under('a1-0').map((meter) => down(meter, T0, T0 + HOUR)));
    const told = watch.in('restored')[0];
    expect(watch.feed([down('a1-000', T0, T0 + HOUR + SEC)], T0 + HOUR + MIN)).toEqual([]);
    expect(watch.settle(T0 + 90 * MIN)).toEqual([]);
    expect(watch.settle(T0 + 2 * HOUR + MIN)).toMatchObject([{ id: told?.id, revision: 2 }]);
    expect(watch.settle(T0 + 9 * HOUR)).toEqual([]);
  });

  it('is corrected by records that are read afterwards, as a revision of what is past', () => {
    const watch = new Watch(areaMeters('a1'));
    const dark = watch.under('a1-');
    watch.feed(dark.map((meter) => down(meter, T0 + 3 * SEC)));
    watch.feed(dark.map((meter) => on(meter, T0 + 40 * MIN)));
    const [closed] = watch.in('restored');
    expect(closed).toMatchObject({ startedAt: T0 + 3 * SEC, restoredAt: T0 + 40 * MIN });
    watch.feed(
      dark.map((meter) => down(meter, T0, T0 + 31 * MIN)),
      T0 + 120 * MIN,
    );
    expect(watch.in('restored')).toMatchObject([
      { id: closed?.id, startedAt: T0, restoredAt: T0 + 31 * MIN, revision: (closed?.revision ?? 0) + 1 },
    ]);
    expect(watch.told.size).toBe(1);
  });
});
