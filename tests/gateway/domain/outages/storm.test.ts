import { describe, expect, it } from 'vitest';
import { areaMeters, down, HOUR, MIN, on, silent, T0, up, Watch } from './site.ts';

const areas = Array.from({ length: 6 }, (_, place) => `a${place}`);
const site = areas.flatMap((area) => areaMeters(area, { feeder: `f-${area}` }));

describe('a storm', () => {
  it('begins when too many meters go dark within a minute, and asks one meter of each outage', () => {
    const watch = new Watch(site, { stormMetersPerMin: 100 });
    watch.feed(areas.slice(0, 2).flatMap((area) => watch.under(`${area}-`).map((meter) => down(meter, T0))));
    expect(watch.engine.storm).toBe(false);
    watch.feed(areas.slice(2).flatMap((area) => watch.under(`${area}-`).map((meter) => down(meter, T0 + 30_000))));
    expect(watch.engine.storm).toBe(true);
    expect(watch.engine.wishes(T0 + MIN).map(({ meters, why }) => [why, ...meters])).toEqual(
      areas.map((area) => ['restore', `${area}-s`]),
    );
    watch.settle(T0 + 10 * MIN);
    expect(watch.engine.storm).toBe(false);
  });

  it('asks no more than its share of a minute', () => {
    const watch = new Watch(site, { stormIncidents: 3, stormProbesPerMin: 4 });
    watch.feed(areas.flatMap((area) => watch.under(`${area}-`).map((meter) => down(meter, T0))));
    expect(watch.engine.storm).toBe(true);
    expect(watch.engine.wishes(T0 + 1000)).toHaveLength(4);
    expect(watch.engine.wishes(T0 + 2000)).toHaveLength(0);
    expect(watch.engine.wishes(T0 + MIN)).toHaveLength(2);
  });

  it('settles no more feeders at a time than is asked for', () => {
    const watch = new Watch(site);
    watch.engine.take(areas.flatMap((area) => watch.under(`${area}-`).map((meter) => down(meter, T0))));
    const sizes: number[] = [];
    for (let more = true; more; ) {
      const step = watch.engine.settle(T0, 1);
      sizes.push(step.changed.length);
      more = step.more;
    }
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('a process that starts again', () => {
  it('goes on with what was open, and leaves what is past as it was', () => {
    const watch = new Watch(areaMeters('a1'));
    const box = watch.under('a1-00');
    watch.feed(box.map((meter) => down(meter, T0, T0 + HOUR)));
    watch.feed(watch.under('a1-1').map((meter) => down(meter, T0 + 5 * HOUR)));
    const before = [...watch.told.values()].map(({ id, revision }) => [id, revision]);
    watch.restart();
    expect(watch.settle(T0 + 6 * HOUR)).toEqual([]);
    watch.feed(watch.under('a1-1').map((meter) => up(meter, T0 + 7 * HOUR)));
    expect(watch.told.size).toBe(2);
    expect([...watch.told.values()].map(({ id }) => id)).toEqual(before.map(([id]) => id));
    expect(watch.in('restored').map(({ nodeId, revision }) => [nodeId, revision])).toEqual([
      ['a1/B1', 2],
      ['a1/X00', 1],
    ]);
  });

  it('still knows that neighbours were lit', () => {
    const watch = new Watch(areaMeters('a1'));
    const dark = [...watch.under('a1-00'), ...watch.under('a1-11')];
    const lit = watch.under('a1-').filter((meter) => !dark.includes(meter));
    watch.feed([silent('a1-000', T0 + 2 * MIN), silent('a1-000', T0 + 4 * MIN)]);
    watch.feed([down('a1-000', T0), ...lit.map((meter) => on(meter, T0 + 3 * MIN))]);
    expect(watch.open).toMatchObject([{ node: 'meter', nodeId: 'a1-000' }]);
    watch.restart();
    expect(watch.settle(T0 + 10 * MIN)).toEqual([]);
    expect(watch.open).toHaveLength(1);
  });
});

describe('what is known of one meter', () => {
  it('is when it last had supply, since when it is dark, and which phase it misses', () => {
    const watch = new Watch(areaMeters('a1'));
    expect(watch.engine.supplyOf('nobody')).toBeNull();
    expect(watch.engine.supplyOf('a1-000')).toBeNull();
    watch.feed([on('a1-000', T0), down('a1-000', T0 + HOUR), silent('a1-000', T0 + 2 * HOUR), on('a1-s', T0, ['c'])]);
    expect(watch.engine.supplyOf('a1-000')).toEqual({
      onAt: T0,
      offAt: T0 + HOUR,
      darkSince: T0 + HOUR,
      silentAt: T0 + 2 * HOUR,
      missing: [],
    });
    expect(watch.engine.supplyOf('a1-s')).toMatchObject({ onAt: T0, darkSince: null, missing: ['c'] });
  });
});
