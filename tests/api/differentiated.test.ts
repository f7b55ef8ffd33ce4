import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at, task } from '../support/plan.ts';
import { get, NOW, reading, seededApp, siteOf } from './seeded-app.ts';

/** Serves the shop, whose priority is large; the other a home. */
const SHOP = '100000000003';
const HOME = '100000000001';
const START = at('2026-11-19');
const FINE: Task = task('profile', {
  id: 'profile-5min',
  calendar: { everyS: 300 },
  for: { categories: ['dedicated'], priorities: ['large'] },
});
const ITEMS = ['power_active_total_w', 'voltage_a_v'] as const;

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  const site = siteOf(at('2026-11-01'));
  const accounts = site.accounts.map((each) => (each.no === '0003' ? { ...each, contractKw: 200 } : each));
  seeded = await seededApp({ registry: { ...site, accounts, tasks: [...site.tasks, FINE] } });
  // 4 kW at the meter with a ratio of 40, for the first hour 6.
  const fine = Array.from({ length: 288 }, (_, i) => reading(SHOP, START + i * 300_000, [i < 12 ? 6000 : 4000, 225]));
  await seeded.readings.write([{ task: FINE.id, quantities: ITEMS, rows: fine }]);
  const coarse = [SHOP, HOME].flatMap((id) =>
    Array.from({ length: 96 }, (_, i) => reading(id, START + i * 900_000, [1000, 225])),
  );
  await seeded.readings.write([{ task: 'profile', quantities: ITEMS, rows: coarse }]);
  await saveOutages(
    seeded.state,
    outageOf({ id: 'o', area: 'A1', startedAt: NOW - 60_000, members: membersOf([SHOP, HOME], NOW - 60_000) }),
  );
});
afterAll(() => seeded.close());

const ask = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;

describe('the health report of a customer with a task of its own', () => {
  it('rests on its finest curve, and holds the load against the contract', async () => {
    const { meters, warnings, summary } = await ask('/accounts/0003/health');
    expect(meters).toMatchObject([
      {
        ...{ meter: SHOP, task: 'profile-5min', expected: 288, points: 288, completeness: 1 },
        ...{ contractKw: 200, capacityKva: null, maxKw: 240, maxShare: 1.2, hoursOver100: 1, hoursOver80: 1 },
      },
    ]);
    expect(warnings).toEqual([]);
    expect(summary.en).toContain('1 h over the capacity');
  });

  it('leaves those of the others as they are', async () => {
    const { meters } = await ask('/accounts/0001/health');
    expect(meters).toMatchObject([{ meter: HOME, task: 'profile', expected: 96, points: 96, contractKw: null }]);
  });
});

describe('readings of a task for some customers', () => {
  it('are there of those; the others have no such slots', async () => {
    const span = `start=${encodeURIComponent('2026-11-19T00:00:00+08:00')}&end=${encodeURIComponent('2026-11-19T01:00:00+08:00')}`;
    const states = async (id: string): Promise<(string | null)[]> => {
      const { items } = await ask(`/meters/${id}/readings?task=profile-5min&${span}`);
      return items.map(({ reason, quality }: { reason: string | null; quality: string }) => reason ?? quality);
    };
    expect(await states(SHOP)).toEqual(Array(12).fill('valid'));
    expect(await states(HOME)).toEqual([]);
  });

  it('are counted as due, and as points expected, of those only', async () => {
    const query = 'date=2026-11-19&task=profile-5min';
    expect((await ask(`/collection/summary?${query}`)).total).toMatchObject({ due: 288, missing: 0, successRate: 100 });
    expect((await ask(`/collection/completeness?${query}`)).total).toMatchObject({ expected: 288, received: 288 });
    const usual = await ask('/collection/completeness?date=2026-11-19&task=profile');
    expect(usual.total).toMatchObject({ expected: 8 * 96, received: 2 * 96 });
  });
});

describe('an account', () => {
  it('is told with its contract capacity, or that none is on record, wherever it is told', async () => {
    expect((await ask(`/meters/${SHOP}`)).account).toMatchObject({ no: '0003', contractKw: 200 });
    expect((await ask(`/meters/${HOME}`)).account).toMatchObject({ no: '0001', contractKw: null });
    expect((await ask('/supply-status?accountNo=0003&probe=never')).account).toMatchObject({ contractKw: 200 });
    const { items } = await ask('/outages/o/service-points');
    const told = items.map(({ account }: { account: { no: string; contractKw: number | null } }) => account);
    expect(told).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ no: '0003', contractKw: 200 }),
        expect.objectContaining({ no: '0001', contractKw: null }),
      ]),
    );
  });
});
