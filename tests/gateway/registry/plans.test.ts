import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Plan } from '#contract/plan.ts';
import type { Registry } from '#contract/registry.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { at, installation, line, meter, registry } from '../domain/site.ts';

const COLLECTORS = [
  { id: 'c1', district: 'd1' },
  { id: 'c2', district: 'd2' },
];

function site(over: Partial<Registry> = {}): Registry {
  return registry({
    collectors: COLLECTORS,
    lines: [line('l1', { concentrator: 'con-1' }), line('l2', { collector: 'c2' }), line('l3')],
    meters: [meter('m1'), meter('m2', { line: 'l2' }), meter('m3', { line: 'l3', model: 'sdm120', address: '7' })],
    installations: ['m1', 'm2', 'm3'].map((id) => installation(id)),
    ...over,
  });
}

function plan(registered: Registry, id = 'c1'): Plan {
  const collector = registered.collectors.find((known) => known.id === id);
  if (!collector) throw new Error(`no collector ${id}`);
  return planFor(registered, collector);
}

describe('a plan', () => {
  it('holds the lines of its collector, their meters, and all tasks', () => {
    const drawn = plan(site());
    expect(drawn).toMatchObject({ v: 1, district: 'd1', collector: 'c1', timeZone: 'Asia/Shanghai' });
    expect(drawn.lines.map(({ id, concentrator }) => [id, concentrator])).toEqual([
      ['l1', 'con-1'],
      ['l3', null],
    ]);
    expect(drawn.meters).toEqual([
      {
        id: 'm1',
        line: 'l1',
        address: '000000000001',
        model: 'dlt645-1ph',
        installedAt: at('2026-01-10'),
        removedAt: null,
        collectedFrom: at('2026-01-10'),
      },
      expect.objectContaining({ id: 'm3', line: 'l3', address: '7', model: 'sdm120' }),
    ]);
    expect(drawn.tasks.map(({ id }) => id)).toEqual(['freeze-day', 'profile', 'instant', 'event']);
    expect(plan(site(), 'c2')).toMatchObject({ district: 'd2', meters: [{ id: 'm2' }], lines: [{ id: 'l2' }] });
  });

  it('is what the contract says a plan is', () => {
    expect([...Value.Errors(Plan, plan(site()))]).toEqual([]);
  });

  it('of a collector without lines is empty, and still a plan', () => {
    const drawn = plan(site({ lines: [line('l2', { collector: 'c2' })] }));
    expect(drawn).toMatchObject({ lines: [], meters: [] });
    expect(Value.Check(Plan, drawn)).toBe(true);
  });

  it('names the last installation of a meter, and leaves out one that was never installed', () => {
    const installations = [
      installation('m1', { from: at('2026-06-01'), to: null }),
      installation('m1', { from: at('2026-01-10'), to: at('2026-06-01') }),
    ];
    expect(plan(site({ installations })).meters).toMatchObject([
      { id: 'm1', installedAt: at('2026-06-01'), removedAt: null },
    ]);
  });

  it('keeps a removed meter, so that its last slots are still fetched', () => {
    const installations = [installation('m1', { to: at('2026-11-20', '10:00') })];
    expect(plan(site({ installations })).meters).toMatchObject([{ id: 'm1', removedAt: at('2026-11-20', '10:00') }]);
  });

  it('has the same version as long as nothing in it changes, whatever changes elsewhere', () => {
    const { version } = plan(site());
    expect(plan(site()).version).toBe(version);
    const elsewhere = site({ meters: [...site().meters, meter('m4', { line: 'l2' })] });
    expect(plan({ ...elsewhere, name: 'renamed' }).version).toBe(version);
    expect(plan(elsewhere, 'c2').version).not.toBe(version);
  });

  it.each([
    ['a meter was added', { meters: [...site().meters, meter('m4')], installations: ['m1', 'm3', 'm4'] }],
    ['an address was corrected', { meters: [meter('m1', { address: '2' }), ...site().meters.slice(1)] }],
    [
      'a line waits longer',
      { lines: site().lines.map((each) => ({ ...each, timing: { ...each.timing, quietMs: 9 } })) },
    ],
    ['a task is gone', { tasks: site().tasks.slice(1) }],
    ['the time zone is another', { timeZone: 'Asia/Urumqi' }],
  ])(
    'has another version when %s',
    (_what, { installations, ...change }: Partial<Omit<Registry, 'installations'>> & { installations?: string[] }) => {
      const changed = site({
        ...change,
        ...(installations ? { installations: installations.map((id) => installation(id)) } : {}),
      });
      expect(plan(changed).version).not.toBe(plan(site()).version);
    },
  );
});
