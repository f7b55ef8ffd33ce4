import { describe, expect, it, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { lossOf } from '#domain/line-loss/loss.ts';
import { at, installation, meter } from '../site.ts';
import { BANDS, dayOf, FROM, type Given, lossSite, NOON, READ, second } from './loss-site.ts';

describe('energy of an area over a day', () => {
  it('is what the supply meter counted with its ratio, less what the customers were sold', () => {
    const day = dayOf(lossSite(2), READ);
    expect(day).toMatchObject({ why: null, suppliedWh: 10_000, soldWh: 9000, customers: 2, read: 2, missing: 0 });
    expect(lossOf(day, BANDS)).toEqual({ why: null, suppliedWh: 10_000, soldWh: 9000, lostWh: 1000 });
  });

  it('takes off what the supply meter fed back', () => {
    expect(
      dayOf(lossSite(2), {
        ...READ,
        s: [
          [1000, 50],
          [2000, 80],
        ],
      }).suppliedWh,
    ).toBe(9700);
  });

  it('adds what generators feed in, and counts what they use as sold', () => {
    const site = second({ account: { category: 'generator' } });
    const day = dayOf(site, {
      s: [
        [1000, 0],
        [2000, 0],
      ],
      c1: [0, 9000],
      c2: [
        [10, 100],
        [510, 3100],
      ],
    });
    expect(day).toMatchObject({ gridWh: 10_000, generationWh: 3000, suppliedWh: 13_000, soldWh: 9500, generators: 1 });
  });

  it('does not count the export of a customer that is no generator, but says that there was some', () => {
    const day = dayOf(lossSite(2), {
      ...READ,
      c2: [
        [0, 100],
        [5000, 300],
      ],
    });
    expect(day).toMatchObject({ suppliedWh: 10_000, generationWh: 0, exporting: 1 });
  });

  test('a rollover of a register is energy, a register that went back is none', () => {
    const rolled = dayOf(lossSite(2), { ...READ, c2: [999_999_000, 2000] });
    expect(rolled.soldWh).toBe(4000 + 3000);
    const reversed = dayOf(lossSite(2), { ...READ, c2: [5000, 4000] });
    expect(reversed).toMatchObject({ missing: 1, missingMeters: [{ meter: 'c2', why: 'reversed' }] });
  });

  test('customers that used nothing over the whole day are counted', () => {
    expect(dayOf(lossSite(2), { ...READ, c2: [7, 7] })).toMatchObject({ zeroUse: 1, read: 2, soldWh: 4000 });
  });

  test('a customer is collected from the first freeze on that it owes, which it may remember from before', () => {
    const collected = (time: string): number => {
      const planned = { collectedFrom: at(time, '09:00') };
      const [s] = lossSite(0).meters;
      const meters = [...(s ? [s] : []), meter('c1', planned), meter('c2', { ...planned, model: 'sdm120' })];
      return dayOf({ ...lossSite(2), meters }, READ).collected;
    };
    expect(['2026-11-20', '2026-11-21', '2026-11-23', '2026-11-24'].map(collected)).toEqual([2, 1, 1, 0]);
  });

  test('a sum that is no safe integer is refused', () => {
    const site = { ...lossSite(2), meters: [meter('s', { role: 'supply', ct: 1e9 }), meter('c1'), meter('c2')] };
    expect(() => dayOf(site, { ...READ, s: [0, 900_000_000] })).toThrow('cannot sum energies exactly');
  });
});

describe('a loss that cannot be told', () => {
  const why = (site: Registry, given: Record<string, readonly [Given, Given]>) => {
    const day = dayOf(site, given);
    const loss = lossOf(day, BANDS);
    expect([loss.suppliedWh, loss.soldWh, loss.lostWh]).toEqual([null, null, null]);
    return loss.why;
  };
  const stopped = (status: 'stopped' | 'removed', statusSince: number): Registry => ({
    ...lossSite(2),
    areas: [{ id: 'a1', name: 'a1', feeder: 'f1', kva: 400, status, statusSince }],
  });
  const generator = second({ account: { category: 'generator' } });

  it.each<[string, Registry, Record<string, readonly [Given, Given]>, string]>([
    ['no supply meter', { ...lossSite(2), installations: lossSite(2).installations.slice(1) }, READ, 'no_supply_meter'],
    ['no supply register before', lossSite(2), { ...READ, s: [null, 2000] }, 'supply_missing'],
    ['no supply register after', lossSite(2), { ...READ, s: [1000, null] }, 'supply_missing'],
    ['a supply register that went back', lossSite(2), { ...READ, s: [2000, 1000] }, 'supply_missing'],
    [
      'half of the supply export',
      lossSite(2),
      {
        ...READ,
        s: [
          [1000, 5],
          [2000, null],
        ],
      },
      'supply_missing',
    ],
    ['an estimated supply register', lossSite(2), { ...READ, s: [1000, [2000, null, 'e']] }, 'supply_estimated'],
    [
      'generation, but no supply export',
      generator,
      {
        ...READ,
        c2: [
          [0, 0],
          [1, 5],
        ],
      },
      'supply_export_missing',
    ],
    [
      'a generator without export',
      generator,
      {
        ...READ,
        s: [
          [1000, 0],
          [2000, 0],
        ],
      },
      'generation_missing',
    ],
    ['a stopped area', stopped('stopped', FROM), READ, 'area_stopped'],
    ['a removed area', stopped('removed', FROM - 1), READ, 'area_removed'],
    ['an area stopped within the day', stopped('stopped', NOON), READ, 'area_changed'],
    ['nobody to sell to', lossSite(0), { s: [1000, 2000] }, 'no_customers'],
    ['nothing supplied', lossSite(2), { ...READ, s: [2000, 2000] }, 'no_supply'],
    [
      'more fed back than taken',
      lossSite(2),
      {
        ...READ,
        s: [
          [1000, 0],
          [1001, 2],
        ],
      },
      'no_supply',
    ],
    ['too few customers read', lossSite(2), { ...READ, c2: [0, null] }, 'low_success'],
    ['too many customers estimated', lossSite(2), { ...READ, c2: [0, [5000, null, 'e']] }, 'low_success'],
    [
      'a customer that came without its register',
      second({ installations: [{ from: NOON }] }),
      READ,
      'topology_changed',
    ],
    ['a customer that went without its register', second({ installations: [{ to: NOON }] }), READ, 'topology_changed'],
  ])('is not told with %s', (_what, site, given, reason) => {
    expect(why(site, given)).toBe(reason);
  });

  it.each([
    ['from noon on', { from: NOON, startWh: 1500 }],
    ['until noon', { to: NOON, endWh: 1500 }],
  ])('is not told when the supply meter was there only %s', (_what, stay) => {
    const site = lossSite(2);
    const half = { ...site, installations: [installation('s', stay), ...site.installations.slice(1)] };
    expect(why(half, READ)).toBe('supply_gap');
  });

  it('is told of an area that was stopped only after the day', () => {
    expect(dayOf(stopped('stopped', at('2026-11-21')), READ).why).toBeNull();
  });

  it('keeps what a stopped area was supplied', () => {
    expect(dayOf(stopped('stopped', FROM), READ)).toMatchObject({ suppliedWh: 10_000 });
  });
});

describe('customers without a register', () => {
  const many: Record<string, readonly [Given, Given]> = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`c${i + 1}`, [0, 1000]]),
  );

  it('leave a lower bound of what was sold when they are few, and are named', () => {
    const day = dayOf(lossSite(40), { ...many, s: [0, 5000], c7: [0, null], c8: [null, 9] });
    expect(day).toMatchObject({ why: null, soldWh: 38_000, customers: 40, read: 38, missing: 2 });
    expect(day.missingMeters).toEqual([
      { meter: 'c7', why: 'no_end' },
      { meter: 'c8', why: 'no_start' },
    ]);
    expect(lossOf(day, BANDS).lostWh).toBe(12_000);
  });

  it('are counted as estimated, with the energy that rests on it, when an end is an estimate', () => {
    const day = dayOf(lossSite(40), { ...many, s: [0, 5000], c7: [0, [900, null, 'e']] });
    expect(day).toMatchObject({ estimated: 1, estimatedWh: 900, missing: 0, soldWh: 39_900 });
  });

  it('owe nothing when their account is closed, and count when they have registers all the same', () => {
    const site = second({ account: { status: 'closed' } });
    expect(dayOf(site, { ...READ, c2: [null, null] })).toMatchObject({
      customers: 1,
      closed: 1,
      missing: 0,
      why: null,
    });
    expect(dayOf(site, READ)).toMatchObject({ customers: 2, closed: 0, soldWh: 9000 });
  });
});
