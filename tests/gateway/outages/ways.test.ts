import { describe, expect, it } from 'vitest';
import type { Reason } from '#contract/reasons.ts';
import type { CollectorStatus, LineStatus } from '#contract/status.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { heardStatuses, Ways } from '../../../gateway/outages/ways.ts';
import { NOW } from '../../support/centre.ts';
import { line, registry } from '../domain/site.ts';

const SITE = registry({
  lines: [
    line('l1', { concentrator: 'k1' }),
    line('l2', { concentrator: 'k1' }),
    line('l3'),
    line('x1', { collector: 'c2' }),
  ],
});

type Said = readonly [id: string, state: LineStatus['state'], reason?: Reason];

function status(online: boolean, ...lines: Said[]): CollectorStatus {
  return {
    v: 1,
    online,
    instance: 'i1',
    startedAt: NOW,
    host: 'h',
    at: NOW - 86_400_000,
    epoch: 'e1',
    version: '1',
    planVersion: null,
    spool: { rows: 0, bytes: 0, oldestAt: null, lastSeq: 0 },
    ledger: { due: 0, answered: 0, failed: 0, open: 0 },
    lines: lines.map(([id, state, reason = null]) => ({
      id,
      state,
      reason,
      detail: '',
      lastGoodAt: null,
      requests: 0,
      replies: 0,
      timeouts: 0,
      damaged: 0,
      strays: 0,
      breakersOpen: 0,
      waiting: 0,
    })),
  };
}

/** What follows from what c1 says, one list for each status; `+` works, `-` is down. */
function heard(...statuses: CollectorStatus[]): string[][] {
  const ways = new Ways(new RegistryIndex(SITE), 0);
  return statuses.map((said) =>
    ways
      .heard({ district: 'd1', collector: 'c1', status: said, receivedAt: NOW }, 0)
      .map(({ fact, way, id }) => `${fact === 'way_up' ? '+' : '-'}${way} ${id}`),
  );
}

describe('the ways to the meters', () => {
  it('are told once, and then only when something has changed', () => {
    const first = status(true, ['l1', 'up'], ['l2', 'up'], ['l3', 'down', 'line_down']);
    expect(heard(first, first, status(true, ['l1', 'up'], ['l2', 'up'], ['l3', 'up']))).toEqual([
      ['+collector c1', '+line l1', '+line l2', '-line l3', '+concentrator k1'],
      [],
      ['+line l3'],
    ]);
  });

  it('bear the time of the centre: a last will is as old as the connection', () => {
    const ways = new Ways(new RegistryIndex(SITE), 0);
    const stored = { district: 'd1', collector: 'c1', status: status(false), receivedAt: NOW };
    expect(ways.heard(stored, 0)).toEqual([{ fact: 'way_down', way: 'collector', id: 'c1', at: NOW, seenAt: NOW }]);
  });

  it('are down where a collector says nothing any more, or nothing since the start', () => {
    const ways = new Ways(new RegistryIndex(SITE), 0);
    const stored = { district: 'd1', collector: 'c1', status: status(true), receivedAt: NOW };
    expect(ways.overdue(NOW, 179_000)).toEqual([]);
    expect(ways.overdue(NOW, 180_000)).toMatchObject([{ fact: 'way_down', way: 'collector', id: 'c1', at: NOW }]);
    expect(ways.overdue(NOW, 181_000)).toEqual([]);
    expect(ways.heard(stored, 200_000)).toMatchObject([{ fact: 'way_up', id: 'c1' }]);
    expect(ways.overdue(NOW, 379_000)).toEqual([]);
    expect(ways.overdue(NOW, 380_000)).toMatchObject([{ fact: 'way_down', id: 'c1' }]);
  });

  it('say nothing of the lines of a collector that is away', () => {
    expect(heard(status(false, ['l1', 'up'], ['l3', 'down']))).toEqual([['-collector c1']]);
  });

  it('end at a concentrator when all its lines are down, or one is down because of it', () => {
    expect(heard(status(true, ['l1', 'down', 'line_down'], ['l2', 'up']))[0]).toContain('+concentrator k1');
    expect(heard(status(true, ['l1', 'down', 'line_down'], ['l2', 'down', 'line_down']))[0]).toContain(
      '-concentrator k1',
    );
    expect(heard(status(true, ['l1', 'down', 'concentrator_offline'], ['l2', 'idle']))[0]).toContain(
      '-concentrator k1',
    );
    const [half = []] = heard(status(true, ['l1', 'down', 'line_down'], ['l2', 'idle']));
    expect(half.filter((way) => way.includes('k1'))).toEqual([]);
  });

  it('are believed only of the collector that reads them', () => {
    expect(heard(status(true, ['x1', 'down'], ['nowhere', 'down']))).toEqual([['+collector c1']]);
  });
});

describe('a status', () => {
  it('is heard and stored', async () => {
    const calls: string[] = [];
    const store = { all: async () => [], save: async () => void calls.push('stored') };
    const through = heardStatuses(store, ({ collector }) => calls.push(`heard ${collector}`));
    await through.save({ district: 'd1', collector: 'c1', status: status(true), receivedAt: NOW });
    expect(calls).toEqual(['heard c1', 'stored']);
  });
});
