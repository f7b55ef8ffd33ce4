import { describe, expect, it } from 'vitest';
import type { PlannedOutage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import { answered, areaMeters, down, HOUR, MIN, meterAt, off, on, silent, T0, up, Watch, way } from './site.ts';

describe('a lost phase', () => {
  const phased = { phases: true, branches: 1, boxes: 3, meters: 6 };
  const ofPhase = (watch: Watch, prefix: string, phase: Phase): string[] => {
    return watch.under(prefix).filter((meter) => 'abc'[Number(meter.at(-1)) % 3] === phase);
  };

  it('is told by single-phase meters of one phase, with a witness on another for whom a few of them wait', () => {
    const watch = new Watch(areaMeters('a1', phased));
    const few = ofPhase(watch, 'a1-', 'b').slice(0, 4);
    watch.feed(few.map((meter) => down(meter, T0)));
    expect(watch.open).toEqual([]);
    expect(watch.in('unconfirmed')).toMatchObject([{ kind: 'outage', node: 'branch' }]);
    expect(watch.engine.wishes(T0)).toMatchObject([{ why: 'confirm' }]);
    watch.feed([on('a1-000', T0 + 2 * MIN)]);
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'b', node: 'branch', nodeId: 'a1/B0', dark: 4 }]);
    expect(watch.in('dismissed')).toHaveLength(1);
    const alone = new Watch(areaMeters('a1', phased));
    alone.feed(few.map((meter) => down(meter, T0)));
    alone.settle(T0 + 4 * MIN);
    expect(alone.open).toMatchObject([{ kind: 'outage', node: 'branch' }]);
  });

  it('needs no witness when too many meters are dark to be of one phase by chance', () => {
    const watch = new Watch(areaMeters('a1', phased));
    watch.feed(ofPhase(watch, 'a1-', 'b').map((meter) => down(meter, T0)));
    expect(watch.open).toMatchObject([
      { kind: 'phase-lost', phase: 'b', node: 'branch', nodeId: 'a1/B0', dark: 6, customers: 6 },
    ]);
  });

  it('takes dark meters of which no phase is known', () => {
    const unknown = meterAt('u1', { branch: 'B0', box: 'X00' });
    const watch = new Watch([...areaMeters('a1', phased), unknown]);
    watch.feed([...ofPhase(watch, 'a1-', 'b'), 'u1'].map((meter) => down(meter, T0)));
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'b', dark: 7 }]);
    expect(watch.told.size).toBe(1);
  });

  it('lies in the box when only its meters are dark', () => {
    const watch = new Watch(areaMeters('a1', phased));
    watch.feed([on('a1-000', T0 + 2 * MIN), ...ofPhase(watch, 'a1-00', 'c').map((meter) => down(meter, T0))]);
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'c', node: 'box', nodeId: 'a1/X00' }]);
  });

  it('of one three-phase meter is its own', () => {
    const watch = new Watch([...areaMeters('a1', phased), meterAt('t1', { phases: 3 })]);
    watch.feed([on('t1', T0, ['c'])]);
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'c', node: 'meter', nodeId: 't1' }]);
    watch.feed([on('t1', T0 + HOUR)]);
    expect(watch.in('restored')).toMatchObject([{ phase: 'c', restoredAt: T0 + HOUR }]);
  });

  it('is one incident of three-phase meters that miss it and single-phase meters that are dark', () => {
    const three = ['t1', 't2'].map((id) => meterAt(id, { phases: 3, branch: 'B0', box: 'X00' }));
    const watch = new Watch([...areaMeters('a1', phased), ...three]);
    watch.feed([
      ...three.map(({ id }) => on(id, T0, ['a'])),
      ...ofPhase(watch, 'a1-', 'a').map((meter) => down(meter, T0)),
    ]);
    expect(watch.open).toMatchObject([{ kind: 'phase-lost', phase: 'a', confidence: 'high', dark: 8 }]);
  });
});

describe('silence', () => {
  const box = (watch: Watch): string[] => watch.under('a1-00');
  const heard = (watch: Watch, at: number) => watch.under('a1-').map((meter) => answered(meter, at));

  it('of most meters of a node is a suspicion that wishes for a probe, and nothing more', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(heard(watch, T0));
    const asked = watch.under('a1-').map((meter) => {
      return box(watch).includes(meter) ? silent(meter, T0 + 15 * MIN) : answered(meter, T0 + 15 * MIN);
    });
    watch.feed(asked);
    expect(watch.open).toEqual([]);
    expect(watch.in('unconfirmed')).toMatchObject([{ node: 'box', nodeId: 'a1/X00', dark: 0, customers: 4 }]);
    expect(watch.engine.wishes(T0 + 16 * MIN)).toMatchObject([{ why: 'confirm', meters: box(watch) }]);
    expect(watch.engine.wishes(T0 + 17 * MIN)).toEqual([]);
  });

  it('is dropped when the meters answer', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...heard(watch, T0), ...box(watch).map((meter) => silent(meter, T0 + 15 * MIN))]);
    expect(watch.in('unconfirmed')).toHaveLength(1);
    watch.feed(box(watch).map((meter) => answered(meter, T0 + 17 * MIN)));
    expect(watch.in('unconfirmed')).toEqual([]);
    expect(watch.in('dismissed')).toHaveLength(1);
  });

  it('is dropped after two hours without anything positive, and raised again only when the meters were heard since', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...heard(watch, T0), ...box(watch).map((meter) => silent(meter, T0 + 15 * MIN))]);
    for (let at = T0 + 30 * MIN; at <= T0 + 5 * HOUR; at += 15 * MIN) {
      watch.feed([
        ...box(watch).map((meter) => silent(meter, at)),
        ...watch.under('a1-01').map((m) => answered(m, at)),
      ]);
    }
    expect(watch.in('unconfirmed')).toEqual([]);
    expect(watch.told.size).toBe(1);
    watch.feed(box(watch).map((meter) => answered(meter, T0 + 5 * HOUR)));
    watch.feed(box(watch).map((meter) => silent(meter, T0 + 5 * HOUR + 15 * MIN)));
    expect(watch.in('unconfirmed')).toHaveLength(1);
  });

  it('raises nothing while the way to the meters is down', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...heard(watch, T0), way('way_down', 'line', 'l-a1', T0 + 10 * MIN)]);
    watch.feed(box(watch).map((meter) => silent(meter, T0 + 15 * MIN)));
    expect(watch.in('unconfirmed')).toEqual([]);
  });

  it('becomes an outage when the meters turn out dark, and stays the same incident', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...heard(watch, T0), ...box(watch).map((meter) => silent(meter, T0 + 15 * MIN))]);
    const [suspicion] = watch.in('unconfirmed');
    watch.feed(box(watch).map((meter) => down(meter, T0 + 14 * MIN, null, T0 + 20 * MIN)));
    expect(watch.open).toMatchObject([{ id: suspicion?.id, node: 'box', startedAt: T0 + 14 * MIN, dark: 4 }]);
    expect(watch.in('unconfirmed')).toEqual([]);
  });
});

describe('the way to the meters', () => {
  it('that is down for two minutes is one finding at the highest thing that is', () => {
    const watch = new Watch([...areaMeters('a1'), ...areaMeters('a2')]);
    watch.feed([way('way_down', 'line', 'l-a1', T0), way('way_down', 'concentrator', 'c-a1', T0 + 10_000)]);
    expect(watch.open).toEqual([]);
    watch.settle(T0 + 3 * MIN);
    expect(watch.open).toMatchObject([
      { kind: 'collection', node: 'concentrator', nodeId: 'c-a1', customers: 24, areas: ['a1'] },
    ]);
    watch.feed([way('way_down', 'collector', 'k1', T0 + 30_000)], T0 + 4 * MIN);
    expect(watch.open).toMatchObject([{ kind: 'collection', node: 'collector', nodeId: 'k1', customers: 48 }]);
    watch.feed([way('way_up', 'collector', 'k1', T0 + 20 * MIN)]);
    expect(watch.open).toEqual([]);
    expect(watch.in('restored')).toMatchObject([{ node: 'collector', restoredAt: T0 + 20 * MIN }]);
  });

  it('that is back within two minutes is nothing', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([way('way_down', 'line', 'l-a1', T0), way('way_up', 'line', 'l-a1', T0 + MIN)], T0 + HOUR);
    expect(watch.told.size).toBe(0);
  });
});

describe('announced work', () => {
  const plan = (over: Partial<PlannedOutage> = {}): PlannedOutage => ({
    externalId: 'P-1',
    seq: 1,
    state: 'announced',
    from: T0,
    to: T0 + 2 * HOUR,
    feeders: [],
    areas: ['a1'],
    meters: [],
    text: '',
    updatedAt: T0 - HOUR,
    ...over,
  });

  it('explains an outage inside its window and place, from fifteen minutes before', () => {
    const watch = new Watch([...areaMeters('a1'), ...areaMeters('a2')]);
    watch.engine.setPlans([plan()]);
    watch.feed([...watch.under('a1-00').map((meter) => down(meter, T0 - 10 * MIN))]);
    expect(watch.open).toMatchObject([{ kind: 'planned', planned: 'P-1', overrun: false, node: 'box' }]);
    watch.feed(watch.under('a2-00').map((meter) => down(meter, T0)));
    expect(watch.open.map(({ kind, nodeId }) => [kind, nodeId])).toEqual([
      ['planned', 'a1/X00'],
      ['outage', 'a2/X00'],
    ]);
  });

  it('that lasts beyond its announced end by a quarter of an hour is an overrun, which is told once', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.engine.setPlans([plan()]);
    watch.feed(watch.under('a1-').map((meter) => down(meter, T0)));
    expect(watch.settle(T0 + 2 * HOUR + 14 * MIN)).toEqual([]);
    expect(watch.settle(T0 + 2 * HOUR + 16 * MIN)).toMatchObject([{ kind: 'planned', overrun: true, revision: 2 }]);
    expect(watch.settle(T0 + 3 * HOUR)).toEqual([]);
  });

  it('that is over explains what it explained when it is named no longer', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.engine.setPlans([plan()]);
    const dark = watch.under('a1-');
    watch.feed(dark.map((meter) => down(meter, T0, T0 + HOUR)));
    watch.settle(T0 + 90 * MIN);
    watch.engine.setPlans([]);
    expect(watch.settle(T0 + 91 * MIN)).toMatchObject([{ kind: 'outage', planned: null }]);
    watch.engine.setPlans([plan()]);
    expect(watch.settle(T0 + 92 * MIN)).toMatchObject([{ kind: 'planned' }]);
    watch.settle(T0 + 5 * HOUR);
    watch.engine.setPlans([]);
    watch.feed([down(dark[0] ?? '', T0, T0 + 61 * MIN)], T0 + 6 * HOUR);
    expect(watch.in('restored')).toMatchObject([{ kind: 'planned', planned: 'P-1' }]);
  });

  it('that is cancelled explains nothing any more', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.engine.setPlans([plan()]);
    watch.feed(watch.under('a1-').map((meter) => down(meter, T0)));
    watch.engine.setPlans([plan({ state: 'cancelled', seq: 2 })]);
    expect(watch.settle(T0 + MIN)).toMatchObject([{ kind: 'outage', planned: null, revision: 2 }]);
  });
});

describe('what is no outage', () => {
  const nothing = (watch: Watch): void => {
    expect([...watch.told.values()].filter(({ state }) => state !== 'dismissed')).toEqual([]);
  };

  it('is a meter that is switched off by order, or whose account is closed', () => {
    const closed = areaMeters('a1').map((meter) => ({ ...meter, idle: meter.id === 'a1-000' }));
    const watch = new Watch(closed);
    watch.engine.setDisconnected(new Set(['a1-001']));
    watch.feed(['a1-000', 'a1-001'].map((meter) => down(meter, T0, T0 + HOUR)));
    nothing(watch);
    watch.feed(['a1-002', 'a1-003'].map((meter) => down(meter, T0, T0 + HOUR)));
    expect(watch.in('restored')).toMatchObject([{ node: 'box', dark: 2 }]);
  });

  it('is what a meter tells of the time in which it was switched off, however late', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.settle(T0);
    watch.engine.setDisconnected(new Set(['a1-000']));
    watch.settle(T0 + 2 * HOUR);
    watch.engine.setDisconnected(new Set());
    watch.feed([down('a1-000', T0 + MIN, T0 + HOUR, T0 + 9 * HOUR)]);
    nothing(watch);
    watch.feed([down('a1-000', T0 + 3 * HOUR, T0 + 4 * HOUR, T0 + 9 * HOUR)]);
    expect(watch.in('restored')).toMatchObject([{ nodeId: 'a1-000', startedAt: T0 + 3 * HOUR }]);
  });

  it('is a record of an outage by a wrong clock: it belongs to that outage and widens nothing', () => {
    const watch = new Watch(areaMeters('a1'));
    const [late = '', early = '', gasped = '', ...others] = watch.under('a1-');
    watch.feed(others.map((meter) => down(meter, T0, T0 + 20 * MIN)));
    watch.feed([down(gasped, T0), up(gasped, T0 + 20 * MIN)]);
    watch.feed([
      down(late, T0 + 13 * MIN, T0 + 33 * MIN, T0 + 5 * HOUR),
      down(early, T0 - 13 * MIN, T0 + 7 * MIN, T0 + 5 * HOUR),
      down(gasped, T0 + 12 * MIN, T0 + 32 * MIN, T0 + 5 * HOUR),
    ]);
    watch.feed([on(late, T0 + 6 * HOUR)]);
    watch.settle(T0 + 9 * HOUR);
    expect(watch.told.size).toBe(1);
    expect(watch.in('restored')).toMatchObject([{ node: 'area', startedAt: T0, restoredAt: T0 + 20 * MIN, dark: 24 }]);
    const times = watch.in('restored')[0]?.members.filter(({ meter }) => [late, early, gasped].includes(meter));
    expect(times?.map(({ from, to }) => [from, to])).toEqual([1, 2, 3].map(() => [T0, T0 + 20 * MIN]));
  });

  it('is a meter before it is put in, or about when it is taken out', () => {
    const meters = areaMeters('a1').map((meter) => {
      if (meter.id === 'a1-000') return { ...meter, from: T0 + HOUR };
      return meter.id === 'a1-001' ? { ...meter, to: T0 + 10 * MIN } : meter;
    });
    const watch = new Watch(meters);
    watch.feed([down('a1-000', T0, T0 + 30 * MIN), down('a1-001', T0)], T0 + HOUR);
    nothing(watch);
  });

  it('is what lies in the future, a reclosure, or a record of days that nothing confirms', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([{ fact: 'voltage_off', meter: 'a1-000', at: T0 + 10 * MIN, seenAt: T0 }]);
    watch.feed([down('a1-001', T0, T0 + 59_000), off('a1-002', T0), on('a1-002', T0 + 30_000)]);
    watch.feed([down('a1-003', T0 - 5 * 24 * HOUR, T0)]);
    nothing(watch);
  });

  it('is a recorded interruption inside which the meter was seen with voltage', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([on('a1-000', T0 + 30 * MIN), down('a1-000', T0, T0 + HOUR)]);
    nothing(watch);
  });

  it('is a record whose clock began long before the others: it does not widen their outage', () => {
    const watch = new Watch(areaMeters('a1'));
    const [wrong = '', ...others] = watch.under('a1-');
    watch.feed([...others.map((meter) => down(meter, T0, T0 + HOUR)), down(wrong, T0 - 40 * MIN, T0 + HOUR)]);
    expect(watch.in('restored')).toMatchObject([{ node: 'area', startedAt: T0, dark: 24 }]);
    expect(watch.in('restored')).toHaveLength(1);
  });
});
