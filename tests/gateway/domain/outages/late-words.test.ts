import { describe, expect, it } from 'vitest';
import { areaMeters, down, HOUR, MIN, on, SEC, silent, T0, up, Watch, way } from './site.ts';

const DAY = 24 * HOUR;

describe('a meter that was switched off by order', () => {
  it('was so for good: weeks later nothing that it told of that time becomes an outage', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.settle(T0);
    watch.engine.setDisconnected(new Set(['a1-000']));
    watch.settle(T0 + 2 * HOUR);
    watch.engine.setDisconnected(new Set());
    watch.feed([down('a1-000', T0 + MIN, T0 + HOUR, T0 + 9 * HOUR)]);
    watch.settle(T0 + 20 * DAY);
    watch.engine.setDisconnected(new Set(['a1-001']));
    watch.feed([down('a1-000', T0 + 20 * DAY, T0 + 20 * DAY + HOUR)]);
    expect([...watch.told.values()].map(({ startedAt }) => startedAt)).toEqual([T0 + 20 * DAY]);
  });

  it('is known to have been so from the times of orders, and may tell it by a clock that is wrong', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.settle(T0 + 9 * HOUR);
    watch.engine.setDisconnected(new Set(), [{ meter: 'a1-000', from: T0, to: T0 + 10 * MIN }]);
    watch.feed([down('a1-000', T0 - 14 * MIN, T0 - 4 * MIN, T0 + 9 * HOUR)]);
    expect(watch.told.size).toBe(0);
    watch.feed([down('a1-000', T0 - 44 * MIN, T0 - 34 * MIN, T0 + 9 * HOUR)]);
    expect(watch.told.size).toBe(1);
  });
});

describe('a last gasp', () => {
  it('is over with the record of a reclosure, whichever comes first', () => {
    const gasp = down('a1-000', T0, null, T0 + SEC);
    const record = down('a1-000', T0, T0 + 20 * SEC, T0 + HOUR);
    for (const order of [
      [gasp, record],
      [record, gasp],
    ]) {
      const watch = new Watch(areaMeters('a1'));
      watch.engine.take(order);
      watch.settle(T0 + HOUR);
      expect([...watch.engine.open()]).toEqual([]);
    }
  });

  it('by a slow clock begins after the readings that were made before it was heard', () => {
    const box = ['a1-000', 'a1-001', 'a1-002', 'a1-003'];
    const watch = new Watch(areaMeters('a1'));
    watch.feed(box.map((meter) => on(meter, T0)));
    watch.feed(box.map((meter) => down(meter, T0 - 2 * MIN, null, T0 + 10 * SEC)));
    expect(watch.open).toMatchObject([{ node: 'box', nodeId: 'a1/X00', startedAt: T0 + 1, dark: 4 }]);
  });
});

describe('the way to an area', () => {
  const out = (watch: Watch): string[] => watch.open.map(({ kind, nodeId }) => `${kind} ${nodeId}`);

  it('is no finding while the area is dark, nor until it has had time to come up again', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(watch.under('a1-').map((meter) => down(meter, T0)));
    watch.feed([way('way_down', 'concentrator', 'c-a1', T0 + MIN)]);
    watch.settle(T0 + 10 * MIN);
    expect(out(watch)).toEqual(['outage a1']);
    watch.feed(watch.meters.map((meter) => on(meter, T0 + 20 * MIN)));
    watch.settle(T0 + 22 * MIN);
    expect(out(watch)).toEqual([]);
    watch.feed([way('way_up', 'concentrator', 'c-a1', T0 + 22 * MIN)]);
    watch.settle(T0 + 2 * DAY);
    expect([...watch.told.values()].map(({ kind }) => kind)).toEqual(['outage']);
  });

  it('is one when it is down for longer than that', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(watch.under('a1-').map((meter) => down(meter, T0)));
    watch.feed([way('way_down', 'concentrator', 'c-a1', T0 + MIN)]);
    watch.feed(watch.meters.map((meter) => on(meter, T0 + 20 * MIN)));
    for (let at = T0 + 20 * MIN; at <= T0 + 25 * MIN; at += MIN) watch.settle(at);
    expect(out(watch)).toEqual(['collection c-a1']);
  });
});

describe('an outage that is over', () => {
  it('by planned work leaves suspicions behind, and no outages, in those that were not heard of since', () => {
    const watch = new Watch(areaMeters('a1'));
    const window = { from: T0 - MIN, to: T0 + 2 * HOUR, feeders: [], areas: ['a1'], meters: [] };
    watch.engine.setPlans([{ ...window, externalId: 'p1', seq: 1, state: 'announced', text: '', updatedAt: T0 }]);
    watch.feed(watch.under('a1-').map((meter) => down(meter, T0)));
    watch.feed([up('a1-s', T0 + HOUR), down('a1-s', T0, T0 + HOUR)]);
    expect(watch.in('restored')).toMatchObject([{ kind: 'planned', nodeId: 'a1' }]);
    expect(watch.open).toEqual([]);
    expect(watch.in('unconfirmed')).toMatchObject([{ dark: 24 }]);
  });

  it('takes no meters for dark of which it is forgotten that they were lit', () => {
    const watch = new Watch(areaMeters('a1'));
    const [lit = '', ...others] = watch.under('a1-');
    const told = others.slice(0, 12);
    watch.feed([...told.map((meter) => down(meter, T0)), on(lit, T0 + 10 * MIN)]);
    watch.feed(told.map((meter) => down(meter, T0, T0 + 30 * MIN)));
    const before = watch.in('restored').map(({ customers }) => customers);
    for (let hour = 1; hour < 40; hour++) watch.engine.ordinary(lit, T0 + hour * HOUR);
    watch.feed([down(told[0] ?? '', T0 + SEC, T0 + 30 * MIN, T0 + 41 * HOUR), silent(lit, T0 + 41 * HOUR)]);
    expect(watch.in('restored').map(({ customers }) => customers)).toEqual(before);
    expect(watch.in('restored').flatMap(({ members }) => members.map(({ meter }) => meter))).not.toContain(lit);
  });
});
