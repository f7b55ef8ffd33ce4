import { describe, expect, it } from 'vitest';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { answered, areaMeters, battery, MIN, off, on, SEC, T0, Watch } from './site.ts';

describe('a meter that answers without supply', () => {
  const dark: readonly Evidence[] = [off('a1-s', T0), off('a1-s', T0 + 5 * MIN)];
  const talks = [2, 4, 6, 8].map((minute) => answered('a1-s', T0 + minute * MIN));

  it('does not end the outage that it tells of by answering other questions', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed(dark.slice(0, 1));
    for (const talk of talks) watch.feed([talk]);
    watch.feed(dark.slice(1));
    watch.settle(T0 + 10 * MIN);
    expect([...watch.told.values()]).toMatchObject([{ kind: 'outage', node: 'area', nodeId: 'a1', startedAt: T0 }]);
    expect(watch.open).toHaveLength(1);
  });

  it('is understood when its answers came before the word of its voltage', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([answered('a1-s', T0 + 10 * SEC), answered('a1-s', T0 + 20 * SEC)]);
    watch.feed([battery('a1-s', T0)], T0 + 30 * SEC);
    watch.settle(T0 + MIN);
    expect(watch.in('unconfirmed')).toMatchObject([{ node: 'area', startedAt: T0 }]);
  });

  it('ends it by its voltage', () => {
    const watch = new Watch(areaMeters('a1'));
    watch.feed([...dark, ...talks]);
    watch.feed([on('a1-s', T0 + 9 * MIN)]);
    watch.settle(T0 + 15 * MIN);
    expect(watch.open).toEqual([]);
    expect([...watch.told.values()]).toMatchObject([{ state: 'restored' }]);
  });
});
