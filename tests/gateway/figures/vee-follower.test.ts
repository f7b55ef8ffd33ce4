import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { account, at, installation, meter, registry } from '../domain/site.ts';
import { type Given, VeeWorld } from './vee-world.ts';

const FIRST = '2026-10-05';
const NONE = Number.NaN;

function site(over: { status?: 'active' | 'closed'; to?: number | null } = {}): Registry {
  const ids = ['m1', 'm2', 'm3'];
  return registry({
    meters: ids.map((id) => meter(id)),
    accounts: ids.map((id) => account(`u-${id}`, id === 'm2' ? { status: over.status ?? 'active' } : {})),
    installations: ids.map((id) =>
      installation(id, { account: `u-${id}`, ...(id === 'm3' && { to: over.to ?? null }) }),
    ),
  });
}

const reversed = {
  quality: 'suspect',
  rules: ['register_reversed'],
  meterTime: null,
  values: { energy_import_wh: 0 },
} as const;

/** A meter that counts `usedWh` a day from 1000 kWh. */
function counting(days: number, usedWh: number, row = 0, from = 0): Given[] {
  return Array.from({ length: days }, (_, i) => ({ day: from + i, row, importWh: 1_000_000 + (from + i) * usedWh }));
}

describe('the follower of the rules', () => {
  it('tells of 1000, 0, 1010 kWh the zero, and no consumption of a thousand', async () => {
    const world = new VeeWorld(site({ status: 'closed' }), FIRST);
    await world.give([{ day: 0, row: 1, importWh: 1_000_000 }]);
    await world.give([{ day: 1, row: 1, importWh: NONE, raw: reversed }]);
    await world.give([{ day: 2, row: 1, importWh: 1_010_000 }]);
    expect(world.rules).toEqual(['register_reversed m2 1', 'usage_inactive m2 2']);
    expect(world.all[0]?.facts).toMatchObject({ lastGoodWh: 1_000_000, registerWh: 0 });
    expect(world.all[1]?.facts).toMatchObject({ usedWh: 10_000, days: 2 });
  });

  it('judges the days after a late value again, and clears what no longer holds', async () => {
    const world = new VeeWorld(site(), FIRST);
    await world.give(counting(8, 4000).filter(({ day }) => day !== 3));
    await world.give([{ day: 8, row: 0, importWh: 1_000_000 + 7 * 4000 + 9000 }]);
    expect(world.rules).toEqual([]);
    await world.give(counting(1, 4000, 0, 3));
    expect(world.rules).toEqual(['usage_high m1 8']);
    await world.give([{ day: 8, row: 0, importWh: 1_000_000 + 8 * 4000 }]);
    expect(world.rules).toEqual([]);
  });

  it('looks at raw readings only of meters about which a rule spoke', async () => {
    const world = new VeeWorld(site(), FIRST);
    await world.give([...counting(5, 4000), ...counting(5, 4000, 1)]);
    expect(world.looks).toBe(0);
    const note = { quality: 'valid', rules: ['demand_over_capacity'], meterTime: null, values: {} } as const;
    await world.give([{ day: 5, row: 0, importWh: 1_020_000, raw: note }]);
    expect(world.looks).toBe(1);
    expect(world.rules).toEqual(['demand_over_capacity m1 5']);
  });

  it('judges again what a changed registry says otherwise, and after a start what has findings', async () => {
    const world = new VeeWorld(site(), FIRST);
    await world.give([...counting(4, 4000), ...counting(4, 4000, 1)]);
    expect(world.rules).toEqual([]);
    world.setRegistry(site({ status: 'closed' }));
    await world.follow([]);
    expect(world.rules).toEqual([1, 2, 3].map((day) => `usage_inactive m2 ${day}`));
    world.setRegistry(site());
    world.restart();
    await world.follow([]);
    expect(world.rules).toEqual([]);
  });

  it('tells of an exchange although the meter is silent', async () => {
    const world = new VeeWorld(site({ to: at('2026-10-06', '12:00') }), FIRST);
    await world.give([...counting(4, 4000), { day: 1, row: 2, importWh: NONE }]);
    expect(world.rules).toEqual(['exchange_register_missing m3 1']);
  });

  it('keeps registers beyond 4.29 GWh exact', async () => {
    const big = registry({
      meters: [meter('m1', { model: 'iem3155' })],
      accounts: [account('1')],
      installations: [installation('m1', { account: '1' })],
    });
    const world = new VeeWorld(big, FIRST);
    await world.give([{ day: 0, row: 0, importWh: 2 ** 32 + 1000 }]);
    await world.give([{ day: 1, row: 0, importWh: 2 ** 32 + 2000 }]);
    expect(world.rules).toEqual([]);
    await world.give([{ day: 2, row: 0, importWh: 2 ** 32 - 1 }]);
    expect(world.all[0]?.facts).toMatchObject({ lastGoodWh: 2 ** 32 + 2000, registerWh: 2 ** 32 - 1 });
  });
});

describe('any order, split and repetition of deliveries', () => {
  const DAYS = 33;
  const delivery = fc.record({
    day: fc.integer({ min: 0, max: DAYS - 1 }),
    row: fc.integer({ min: 0, max: 2 }),
    kind: fc.oneof({ weight: 8, arbitrary: fc.constant('good') }, fc.constantFrom('zero', 'suspect', 'double', 'none')),
  });
  const given = fc.uniqueArray(delivery, { minLength: 20, maxLength: 90, selector: ({ day, row }) => `${day} ${row}` });

  function toGiven({ day, row, kind }: { day: number; row: number; kind: string }): Given {
    const importWh = 1_000_000 + day * 4000;
    if (kind === 'zero') return { day, row, importWh: 0 };
    if (kind === 'none') return { day, row, importWh: NONE };
    if (kind === 'suspect') return { day, row, importWh: NONE, raw: reversed };
    return { day, row, importWh: kind === 'double' ? importWh + 30_000 : importWh, exportWh: day * 1500 };
  }

  it('gives the same findings, and so do a restart in between and a rebuild', async () => {
    const registered = site({ status: 'closed', to: at('2026-10-20', '12:00') });
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.array(fc.nat(1000), { minLength: 90, maxLength: 90 }),
        fc.integer({ min: 1, max: 40 }),
        async (deliveries, order, size) => {
          const once = new VeeWorld(registered, FIRST);
          await once.give(deliveries.map(toGiven));
          const split = new VeeWorld(registered, FIRST);
          const shuffled = deliveries.map((each, i) => ({ each, at: order[i] ?? 0 })).sort((a, b) => a.at - b.at);
          for (let from = 0; from < shuffled.length; from += size) {
            const part = shuffled.slice(Math.max(0, from - 1), from + size);
            await split.give(part.map(({ each }) => toGiven(each)));
            if (from === size) split.restart();
          }
          expect(split.all).toEqual(once.all);
          await split.rebuild();
          expect(split.all).toEqual(once.all);
        },
      ),
      { numRuns: 20 },
    );
  });
});
