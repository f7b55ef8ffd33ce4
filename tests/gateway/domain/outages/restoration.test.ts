import { describe, expect, it } from 'vitest';
import { answered, down, each, MIN, off, on, silent, T0, topologyOf, Watch } from './area.ts';

const AREA = topologyOf(40);
const LATER = T0 + 30 * MIN;

describe('restoration by the supply meter', () => {
  it('ends the outage when it has voltage again', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0));
    expect(watch.feed(off('s', T0 + 5 * MIN), on('s', LATER))).toMatchObject([
      { startedAt: T0, restoredAt: LATER, revision: 2, evidence: [{}, { fact: 'voltage_on', meter: 's', at: LATER }] },
    ]);
    expect(watch.open).toEqual([]);
  });

  it('ends it too when the meter was only silent', () => {
    const watch = new Watch(AREA);
    watch.feed(on('s', T0 - MIN), ...each(3, (m) => off(m, T0)), silent('s', T0 + MIN));
    watch.feed(on('s', LATER));
    expect(watch.told.values().next().value).toMatchObject({ restoredAt: LATER });
  });

  it('is taken in the order of time, whatever the order in the message', () => {
    const watch = new Watch(AREA);
    expect(watch.feed(on('s', LATER), off('s', T0))).toMatchObject([{ startedAt: T0, restoredAt: LATER, revision: 1 }]);
  });

  it('is not that of an earlier interruption of its own', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0 - 2 * MIN), on('m9', T0 - 2 * MIN + 1), on('s', T0 - MIN));
    watch.feed(...each(3, (m) => off(m, T0)));
    watch.feed(on('s', T0 + 3 * MIN));
    expect(watch.open).toHaveLength(1);
  });

  it('does not end the outage of a branch that it never lost', () => {
    const watch = new Watch(AREA);
    watch.feed(on('s', T0 - MIN), ...each(3, (m) => off(m, T0)));
    watch.feed(on('s', T0 + MIN), on('s', LATER));
    expect(watch.open).toHaveLength(1);
  });
});

describe('restoration by customers', () => {
  const started = (count: number): Watch => {
    const watch = new Watch(AREA);
    watch.feed(...each(count, (m) => off(m, T0)));
    expect(watch.open).toHaveLength(1);
    return watch;
  };

  it('takes 90 % of the affected that are heard of', () => {
    const watch = started(20);
    watch.feed(...each(17, (m) => on(m, LATER)));
    expect(watch.open).toHaveLength(1);
    watch.feed(on('m17', LATER + MIN));
    expect([...watch.told.values()]).toMatchObject([{ restoredAt: LATER + MIN }]);
  });

  it('is dated by the moment at which 90 % had returned', () => {
    const watch = started(10);
    watch.feed(...each(10, (m) => on(m, LATER + Number(m.slice(1)) * MIN)));
    expect([...watch.told.values()]).toMatchObject([{ restoredAt: LATER + 8 * MIN }]);
  });

  it('is dated by the first voltage of each meter, however often it is seen again', () => {
    const watch = started(10);
    watch.feed(...each(8, (m) => on(m, LATER)), ...each(8, (m) => on(m, LATER + 10 * MIN)));
    watch.feed(on('m8', LATER + 5 * MIN));
    expect([...watch.told.values()]).toMatchObject([{ restoredAt: LATER + 5 * MIN }]);
  });

  it('does not wait for a meter that stays silent after the others returned', () => {
    const watch = started(4);
    watch.feed(...each(3, (m) => on(m, LATER)));
    expect(watch.open).toHaveLength(1);
    watch.feed(silent('m3', LATER + MIN));
    expect([...watch.told.values()]).toMatchObject([{ restoredAt: LATER }]);
  });

  it('is not believed on the word of few while most were last seen dark, however silent they are', () => {
    const watch = started(20);
    watch.feed(on('m0', LATER), on('m1', LATER), on('m2', LATER), ...each(17, (m) => silent(m, LATER + MIN), 3));
    expect(watch.open).toHaveLength(1);
  });

  it('counts a silent meter as dark until it was asked after the first returned', () => {
    const watch = started(10);
    watch.feed(...each(10, (m) => silent(m, T0 + 5 * MIN)));
    watch.feed(...each(8, (m) => on(m, LATER)));
    expect(watch.open).toHaveLength(1);
    watch.feed(silent('m8', LATER + 5 * MIN), silent('m9', LATER + 5 * MIN));
    expect(watch.open).toEqual([]);
  });

  it('asks after the first that returned, not after the last', () => {
    const watch = started(4);
    watch.feed(on('m0', LATER), silent('m3', LATER + MIN), on('m1', LATER + 2 * MIN), on('m2', LATER + 2 * MIN));
    expect(watch.open).toEqual([]);
  });

  it('is believed when as many are back as are still dark and silent', () => {
    const watch = started(6);
    watch.feed(...each(3, (m) => on(m, LATER)), ...each(3, (m) => silent(m, LATER + MIN), 3));
    expect(watch.open).toEqual([]);
  });

  it('is not told by customers who were never in the outage', () => {
    const watch = started(3);
    watch.feed(...each(37, (m) => on(m, LATER), 3));
    expect(watch.open).toHaveLength(1);
  });

  it('is told by any customer when the supply meter had told of the outage', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), off('m1', T0));
    watch.feed(...each(30, (m) => on(m, LATER), 5));
    expect(watch.open).toEqual([]);
  });

  it('is dated by the last return where supply came back twice', () => {
    const watch = started(5);
    watch.feed(...each(5, (m) => down(m, T0, T0 + 10 * MIN, LATER)));
    expect([...watch.told.values()]).toMatchObject([{ restoredAt: T0 + 10 * MIN }]);
    const twice = new Watch(AREA);
    twice.feed(off('s', T0 - MIN), ...each(5, (m) => off(m, T0)));
    twice.feed(...each(5, (m) => down(m, T0 + 12 * MIN, LATER, LATER)));
    twice.feed(...each(5, (m) => down(m, T0, T0 + 10 * MIN, LATER)));
    expect([...twice.told.values()]).toMatchObject([{ startedAt: T0 - MIN, restoredAt: LATER }]);
  });

  it('is no answer without voltage', () => {
    const watch = started(5);
    watch.feed(...each(5, (m) => answered(m, LATER)));
    expect(watch.open).toHaveLength(1);
  });

  it('by meters that were only silent ends an outage of the supply meter', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), ...each(40, (m) => silent(m, T0 + MIN)));
    watch.feed(on('m0', LATER), on('m1', LATER));
    expect(watch.open).toHaveLength(1);
    watch.feed(on('m2', LATER));
    expect(watch.open).toEqual([]);
  });

  it('refutes a supply meter that was wrong, and it does not raise the outage again', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0));
    watch.feed(...each(40, (m) => on(m, T0 + 3 * MIN)));
    expect(watch.open).toEqual([]);
    for (let i = 1; i < 10; i++) {
      expect(watch.feed(off('s', T0 + i * 5 * MIN), ...each(40, (m) => on(m, T0 + i * 5 * MIN + MIN)))).toEqual([]);
    }
  });

  it('by recorded ends completes the outage with the times of the meters', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(5, (m) => off(m, T0 + 2 * MIN)));
    watch.feed(...each(5, (m) => down(m, T0, LATER, LATER + 9 * MIN)));
    expect([...watch.told.values()]).toMatchObject([{ startedAt: T0, restoredAt: LATER }]);
  });
});

describe('after a restoration', () => {
  it('late evidence from before it raises nothing', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), on('s', LATER));
    expect(watch.feed(...each(9, (m) => off(m, T0 + 10 * MIN)))).toEqual([]);
    expect(watch.feed(...each(9, (m) => down(m, T0 + 10 * MIN, null)))).toEqual([]);
  });

  it('meters that are still seen dark make an outage inside the outage', () => {
    const watch = new Watch(AREA);
    watch.feed(...each(40, (m) => off(m, T0)), off('s', T0), on('s', LATER));
    expect(watch.open).toEqual([]);
    expect(watch.feed(...each(3, (m) => off(m, LATER + 5 * MIN)))).toEqual([]);
    watch.feed(...each(3, (m) => off(m, LATER + 10 * MIN)));
    expect(watch.open).toMatchObject([{ startedAt: LATER, meters: ['m0', 'm1', 'm2'] }]);
  });

  it('a new loss of supply is a new outage with another id', () => {
    const watch = new Watch(AREA);
    watch.feed(off('s', T0), on('s', LATER), off('s', LATER + 20 * MIN));
    expect(watch.told.size).toBe(2);
    expect(watch.open).toMatchObject([{ startedAt: LATER + 20 * MIN }]);
  });
});
