import { describe, expect, it } from 'vitest';
import { down, each, MIN, off, on, silent, T0, topologyOf, Watch } from './area.ts';

const AREA = topologyOf(40);
const END = T0 + 30 * MIN;
const READ = T0 + 300 * MIN;

describe('an outage that nobody saw', () => {
  it('is made known by three meters that recorded it, with both its times', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(40, (m) => on(m, READ - MIN)));
    expect(watch.feed(down('m1', T0, END, READ), down('m2', T0 + MIN, END + MIN, READ))).toEqual([]);
    expect(watch.feed(down('m3', T0 + 2 * MIN, END + 2 * MIN, READ + MIN))).toMatchObject([
      {
        node: 'area',
        startedAt: T0,
        restoredAt: END + 2 * MIN,
        detectedAt: READ + MIN,
        meters: ['m1', 'm2', 'm3'],
        revision: 1,
      },
    ]);
  });

  it('is joined by meters that are read later, and told once', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(3, (m) => down(m, T0, END, READ)));
    const [wider] = watch.feed(down('m9', T0, END, READ + 15 * MIN));
    expect(wider).toMatchObject({ meters: ['m0', 'm1', 'm2', 'm9'], revision: 2 });
    expect(watch.feed(...each(3, (m) => down(m, T0, END, READ)), down('m9', T0, END, READ))).toEqual([]);
    expect(watch.told.size).toBe(1);
  });

  it('is none when the meters recorded different interruptions, or short ones, or fewer agree', () => {
    const watch = new Watch(AREA);
    expect(watch.feed(...each(3, (m) => down(m, T0 + Number(m.slice(1)) * 20 * MIN, END + 60 * MIN)))).toEqual([]);
    expect(new Watch(AREA).feed(...each(9, (m) => down(m, T0, T0 + 30_000)))).toEqual([]);
    expect(new Watch(AREA).feed(...each(2, (m) => down(m, T0, END)))).toEqual([]);
  });

  it('is not made of records that another outage explains', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), on('s', T0 + 10 * MIN));
    watch.feed(...each(3, (m) => down(m, T0 + 7 * MIN, T0 + 9 * MIN, READ)));
    expect(watch.feed(down('m9', T0 + 11 * MIN, END, READ))).toEqual([]);
    expect(watch.told.size).toBe(1);
  });

  it('is sure when the supply meter or half of the customers recorded it', () => {
    const confidence = (customers: number, ...meters: string[]): unknown => {
      const watch = new Watch(topologyOf(customers));
      watch.feed(...meters.map((m) => down(m, T0, END, READ)));
      return [...watch.told.values()].map((outage) => outage.confidence);
    };
    expect(confidence(40, 'm1', 'm2', 'm3')).toEqual(['medium']);
    expect(confidence(40, 'm1', 'm2', 's')).toEqual(['high']);
    expect(confidence(6, 'm1', 'm2', 'm3')).toEqual(['high']);
    expect(confidence(7, 'm1', 'm2', 'm3')).toEqual(['medium']);
  });

  it('is kept apart from the next one', () => {
    const watch = new Watch(AREA);
    watch.feed(
      ...each(3, (m) => down(m, T0, END, READ)),
      ...each(3, (m) => down(m, END + 60 * MIN, END + 70 * MIN, READ)),
    );
    expect([...watch.told.values()].map(({ startedAt }) => startedAt)).toEqual([T0, END + 60 * MIN]);
  });

  it('lasts until the last of its meters had supply again, where they lost it one after the other', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(3, (m) => down(m, T0 + Number(m.slice(1)) * 2 * MIN, T0 + Number(m.slice(1)) * 2 * MIN + MIN)));
    expect([...watch.told.values()]).toMatchObject([{ startedAt: T0, restoredAt: T0 + 5 * MIN }]);
  });

  it('is found whatever the order in which its records arrive', () => {
    const records = each(3, (m) => down(m, T0, END, READ));
    const ids = [records, [...records].reverse()].map((list) => {
      const watch = new Watch(AREA);
      for (const record of list) watch.feed(record);
      return [...watch.told.keys()];
    });
    expect(ids[0]).toHaveLength(1);
    expect(ids[1]).toEqual(ids[0]);
  });
});

describe('records of an outage that is known', () => {
  it('correct the times by which it was seen', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(3, (m) => off(m, T0 + 4 * MIN)));
    watch.feed(...each(3, (m) => on(m, END + 4 * MIN)));
    const id = watch.told.keys().next().value;
    watch.feed(...each(3, (m) => down(m, T0, END, READ)));
    expect([...watch.told.values()]).toMatchObject([{ id, startedAt: T0, restoredAt: END }]);
  });

  it('of one meter alone add that meter and leave the times', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), on('s', END));
    watch.feed(down('m1', T0 + MIN, END - MIN, READ));
    expect([...watch.told.values()]).toMatchObject([{ startedAt: T0, restoredAt: END, meters: ['s', 'm1'] }]);
  });

  it('make it sure when the supply meter recorded it, not when that was only silent', () => {
    const confidence = (record: boolean): unknown => {
      const watch = new Watch(AREA);
      watch.feed(...each(3, (m) => off(m, T0)), silent('s', T0 + MIN), ...each(3, (m) => on(m, END)));
      watch.feed(...each(3, (m) => down(m, T0, END, READ)), ...(record ? [down('s', T0, END, READ)] : []));
      return [...watch.told.values()].map((outage) => outage.confidence);
    };
    expect(confidence(false)).toEqual(['medium']);
    expect(confidence(true)).toEqual(['high']);
  });

  it('are not mixed with what the meters went through later', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), ...each(3, (m) => off(m, T0)), on('s', END), ...each(3, (m) => on(m, END)));
    const again = END + 60 * MIN;
    watch.feed(...each(3, (m) => off(m, again)), ...each(3, (m) => on(m, again + 10 * MIN)));
    watch.feed(...each(3, (m) => down(m, T0, END + MIN, READ), 5));
    expect([...watch.told.values()].map(({ restoredAt }) => restoredAt)).toEqual([END + MIN, again + 10 * MIN]);
  });

  it('without end open an outage, and with end close it', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(3, (m) => down(m, T0, null, T0 + MIN)));
    expect(watch.open).toMatchObject([{ startedAt: T0, detectedAt: T0 + MIN }]);
    watch.feed(...each(3, (m) => down(m, T0, END, READ)));
    expect([...watch.told.values()]).toMatchObject([{ startedAt: T0, restoredAt: END }]);
  });
});
