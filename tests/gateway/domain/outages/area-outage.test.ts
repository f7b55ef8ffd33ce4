import { describe, expect, it } from 'vitest';
import { answered, battery, down, each, MIN, off, on, silent, T0, topologyOf, Watch } from './area.ts';

const AREA = topologyOf(40);

describe('an area outage', () => {
  it('is raised when the supply meter is off and no customer answered with voltage since', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(40, (m) => on(m, T0 - MIN)));
    const [outage, ...more] = watch.feed(off('s', T0));
    expect(more).toEqual([]);
    expect(outage).toMatchObject({
      kind: 'outage',
      node: 'area',
      nodeId: 'a',
      area: 'a',
      phase: null,
      startedAt: T0,
      restoredAt: null,
      detectedAt: T0,
      confidence: 'high',
      meters: ['s'],
      evidence: [{ fact: 'voltage_off', meter: 's', at: T0 }],
      revision: 1,
    });
    expect(outage?.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it('is raised when the supply meter runs on its battery', () => {
    expect(new Watch(AREA).feed(battery('s', T0))).toMatchObject([{ evidence: [{ fact: 'on_battery' }] }]);
  });

  it('is not raised by the supply meter when a customer has voltage after it', () => {
    const watch = new Watch(AREA);
    watch.feed(on('m7', T0 + 1));
    expect(watch.feed(off('s', T0))).toEqual([]);
    expect(watch.feed(off('s', T0 + 10 * MIN))).toEqual([]);
  });

  it('is raised although a customer had voltage in the very moment in which the supply meter lost it', () => {
    expect(new Watch(AREA).feed(on('m7', T0), off('s', T0))).toHaveLength(1);
  });

  it('is raised by three customers that lost supply within the window', () => {
    const watch = new Watch(AREA);
    expect(watch.feed(off('m1', T0), down('m2', T0 + MIN, null))).toEqual([]);
    const [outage] = watch.feed(battery('m3', T0 + 5 * MIN));
    expect(outage).toMatchObject({
      startedAt: T0,
      detectedAt: T0 + 5 * MIN,
      confidence: 'medium',
      meters: ['m1', 'm2', 'm3'],
    });
    expect(outage?.evidence.map(({ fact }) => fact)).toEqual(['voltage_off', 'power_down', 'on_battery']);
  });

  it('is not raised by three that lost it further apart, or by fewer', () => {
    const watch = new Watch(AREA);
    expect(watch.feed(off('m1', T0), off('m2', T0 + MIN), off('m3', T0 + 5 * MIN + 1))).toEqual([]);
    expect(watch.feed(off('m1', T0 + 20 * MIN), off('m2', T0 + 20 * MIN))).toEqual([]);
  });

  it('is not raised by meters that have supply again', () => {
    const watch = new Watch(AREA);
    watch.feed(off('m1', T0), off('m2', T0), on('m1', T0 + MIN), on('m2', T0 + MIN));
    expect(watch.feed(off('m3', T0 + 2 * MIN))).toEqual([]);
  });

  it('is not raised by three that went dark one by one over days, however often they say so', () => {
    const watch = new Watch(AREA);
    for (let hour = 0; hour < 48; hour++) {
      const now = T0 + hour * 60 * MIN;
      const dark = ['m1', 'm2', 'm3'].slice(0, 1 + Math.floor(hour / 12));
      expect(watch.feed(...dark.map((m) => off(m, now)))).toEqual([]);
    }
  });

  it('takes a tenth of a small area, but never one meter where there are more', () => {
    const watch = new Watch(topologyOf(12));
    expect(watch.feed(off('m1', T0))).toEqual([]);
    expect(watch.feed(off('m2', T0))).toHaveLength(1);
    expect(new Watch(topologyOf(1)).feed(off('m0', T0))).toHaveLength(1);
  });

  it('is of high confidence when half of the customers tell of it', () => {
    const watch = new Watch(topologyOf(6));
    watch.feed(...each(2, (m) => off(m, T0)));
    expect(watch.open).toMatchObject([{ confidence: 'medium', revision: 1 }]);
    watch.feed(off('m5', T0 + MIN));
    expect(watch.open).toMatchObject([{ confidence: 'high', revision: 2 }]);
  });

  it('is of high confidence when the supply meter joins the customers that told of it', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(3, (m) => off(m, T0)));
    expect(watch.open).toMatchObject([{ confidence: 'medium' }]);
    watch.feed(silent('s', T0 + MIN));
    expect(watch.open).toMatchObject([{ confidence: 'medium' }]);
    watch.feed(off('s', T0 + 2 * MIN));
    expect(watch.open).toMatchObject([{ confidence: 'high' }]);
  });

  it('passes over meters that hang in no area', () => {
    expect(new Watch(AREA).feed(...['x', 'y', 'z'].map((m) => off(m, T0)))).toEqual([]);
  });
});

describe('the extent of an area outage', () => {
  const started = (): Watch => {
    const watch = new Watch(AREA);
    watch.feed(...each(40, (m) => on(m, T0 - MIN)), off('s', T0));
    return watch;
  };

  it('grows by meters that fall silent, and by meters that tell of it', () => {
    const watch = started();
    watch.feed(silent('m1', T0 + MIN), silent('m2', T0 + MIN), off('m3', T0 + 2 * MIN));
    const [outage] = watch.open;
    expect(outage?.meters).toEqual(['s', 'm1', 'm2', 'm3']);
    expect(outage?.evidence.map(({ fact }) => fact)).toEqual(['voltage_off', 'silent', 'silent', 'voltage_off']);
    expect(outage?.revision).toBe(2);
  });

  it('includes meters that were silent before it was known, but not before it began', () => {
    const watch = new Watch(AREA);
    watch.feed(silent('m1', T0 + MIN), silent('m2', T0 - 1));
    watch.feed({ ...off('s', T0), seenAt: T0 + 5 * MIN });
    expect(watch.open[0]?.meters).toEqual(['s', 'm1']);
  });

  it('leaves out a meter that answered after it was silent', () => {
    const watch = new Watch(AREA);
    watch.feed(silent('m1', T0 + MIN), answered('m1', T0 + 2 * MIN));
    watch.feed({ ...off('s', T0), seenAt: T0 + 5 * MIN });
    expect(watch.open[0]?.meters).toEqual(['s']);
  });

  it('leaves out meters that were dark long before', () => {
    const watch = new Watch(AREA);
    watch.feed(off('m1', T0 - 60 * MIN), off('m2', T0 - 5 * MIN));
    watch.feed(off('s', T0), off('m1', T0 + MIN));
    expect(watch.open[0]?.meters).toEqual(['s', 'm2']);
  });

  it('grows by silence after an earlier outage was restored, too', () => {
    const watch = started();
    watch.feed(on('s', T0 + 30 * MIN), off('s', T0 + 60 * MIN));
    watch.feed(silent('m1', T0 + 61 * MIN));
    expect(watch.open).toMatchObject([{ startedAt: T0 + 60 * MIN, meters: ['s', 'm1'] }]);
  });

  it('is told once: the same evidence again is no change', () => {
    const watch = started();
    const batch = [silent('m1', T0 + MIN), off('m3', T0 + 2 * MIN)];
    expect(watch.feed(...batch)).toHaveLength(1);
    expect(watch.feed(...batch)).toEqual([]);
    const { state } = watch;
    watch.feed(...batch);
    expect(watch.state.areas.get('a')).toBe(state.areas.get('a'));
    expect(watch.feed(off('s', T0 + 5 * MIN), off('m3', T0 + 7 * MIN))).toEqual([]);
  });
});
