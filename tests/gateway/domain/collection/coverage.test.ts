import { describe, expect, it } from 'vitest';
import { type CoverageSources, CoverageTally, type Covered } from '#domain/collection/coverage.ts';
import type { Grouping } from '#domain/collection/figures.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, line, meter, registry } from '../site.ts';

const NOW = at('2026-11-20', '12:00');
const index = new RegistryIndex(
  registry({
    areas: [
      { id: 'a1', name: '一', feeder: 'f1', kva: 1 },
      { id: 'a2', name: '二', feeder: 'f1', kva: 1 },
    ],
    lines: [
      line('l1', { concentrator: 'k1' }),
      line('l2', { concentrator: 'k1' }),
      line('l3'),
      line('l4', { collector: 'unknown' }),
    ],
    accounts: [account('1'), account('2'), account('3', { status: 'closed' }), account('4')],
    meters: [
      meter('m1', { line: 'l1' }),
      meter('m2', { line: 'l2', area: 'a2' }),
      meter('m3', { line: 'l3', role: 'supply' }),
      meter('m4', { line: 'l4' }),
      meter('m5', { line: 'l1', role: 'check' }),
      meter('m6', { line: 'l1' }),
    ],
    installations: [
      installation('m1', { account: '1' }),
      installation('m2', { account: '4', from: NOW }),
      installation('m3'),
      installation('m4'),
      installation('m5'),
      installation('m6', { account: '2', to: NOW }),
    ],
  }),
);
const SOURCES: CoverageSources = { isUp: ({ id }) => id === 'k1', answered: (id) => id === 'l3', inScope: null };

/** Of the whole registry at once. */
function coverageOf(now: number, groupBy: Grouping | null, sources: CoverageSources): Covered {
  const tally = new CoverageTally(index, now, groupBy, sources);
  for (const each of index.installations()) tally.add(each);
  for (const each of index.accounts()) tally.addAccount(each);
  return tally.result();
}

describe('coverage', () => {
  it('is of customers and supply meters in service; an account without a meter is a point that is not covered', () => {
    const { total } = coverageOf(NOW, null, SOURCES);
    expect(total).toMatchObject({ points: 5, covered: 3, coverageRate: 60, withoutMeter: 1 });
    expect(coverageOf(NOW - 1, null, SOURCES).total).toMatchObject({ points: 5, covered: 3, withoutMeter: 1 });
  });

  it('counts a concentrator once however many lines lead to it, and a line without one for itself', () => {
    const { total } = coverageOf(NOW, null, SOURCES);
    expect(total).toMatchObject({ terminals: 2, onlineNow: 1, onlineNowRate: 50, onlineToday: 1, onlineTodayRate: 50 });
  });

  it('puts accounts without a meter into no group, and a terminal into every group that it serves', () => {
    const { groups } = coverageOf(NOW, 'area', SOURCES);
    expect(groups.map(({ key, coverage }) => [key, coverage.points, coverage.terminals])).toEqual([
      ['a1', 3, 2],
      ['a2', 1, 1],
      [null, 1, 0],
    ]);
  });

  it('does not tell who answered when that is not known, and counts accounts only where every meter counts', () => {
    const sources: CoverageSources = { ...SOURCES, answered: null, inScope: ({ area }) => area === 'a2' };
    const { total } = coverageOf(NOW, null, sources);
    expect(total).toMatchObject({ points: 1, withoutMeter: 0, onlineToday: null, onlineTodayRate: null });
  });
});
