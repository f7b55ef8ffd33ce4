import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Plan } from '#contract/plan.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { account, at, installation, meter, registry, task } from '../domain/site.ts';

const FINE: Task = {
  ...task('profile'),
  id: 'profile-5min',
  calendar: { everyS: 300 },
  for: { categories: ['dedicated'], priorities: ['large'] },
};
const MOVED = at('2026-06-01');

function site(tasks: readonly Task[], over: Partial<Registry> = {}): Registry {
  return registry({
    tasks,
    accounts: [account('mill', { category: 'dedicated' }), account('shop', { priority: 'large' }), account('home')],
    meters: ['m1', 'm2', 'm3', 'm4', 'm5'].map((id) => meter(id)),
    installations: [
      installation('m1', { account: 'mill' }),
      installation('m2', { account: 'home' }),
      installation('m3', { account: 'home', to: MOVED, endWh: 7 }),
      installation('m3', { account: 'shop', from: MOVED, startWh: 7 }),
      installation('m4'),
      installation('m5', { account: 'nobody knows' }),
    ],
    ...over,
  });
}

function plan(of: Registry): Plan {
  return planFor(of, { id: 'c1', district: 'd1' });
}

describe('a plan with a task for some customers', () => {
  const drawn = plan(site([task('profile'), FINE]));

  it('says of each meter when it has it, because the collector knows no accounts', () => {
    expect(drawn.meters.map(({ id, selected }) => [id, selected])).toEqual([
      ['m1', [{ task: 'profile-5min', from: at('2026-01-10'), to: null }]],
      ['m2', undefined],
      ['m3', [{ task: 'profile-5min', from: MOVED, to: null }]],
      ['m4', undefined],
      ['m5', undefined],
    ]);
    expect(drawn.tasks).toEqual([task('profile'), FINE]);
    expect([...Value.Errors(Plan, drawn)]).toEqual([]);
    expect(JSON.stringify(drawn)).not.toContain('mill');
  });

  it('changes when an account becomes one of them; without such a task nobody notices', () => {
    const large = { accounts: [account('mill'), account('shop'), account('home', { priority: 'large' })] };
    expect(plan(site([FINE], large)).version).not.toBe(plan(site([FINE])).version);
    expect(plan(site([task('profile')], large))).toEqual(plan(site([task('profile')])));
  });

  it('of a site that has none is what it was before there were any, to the byte', () => {
    const before = {
      id: 'm1',
      line: 'l1',
      address: '000000000001',
      model: 'dlt645-1ph',
      installedAt: at('2026-01-10'),
      removedAt: null,
      collectedFrom: at('2026-01-10'),
    };
    expect(JSON.stringify(plan(site([task('profile')])).meters[0])).toBe(JSON.stringify(before));
  });
});
