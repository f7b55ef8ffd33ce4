import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { AreaMembers } from '#domain/line-loss/area-members.ts';
import { lossOf } from '#domain/line-loss/loss.ts';
import { areaDayOf, feederDayOf } from '#domain/line-loss/loss-day.ts';
import { added, type LossSum, lossOfSum, NO_LOSS, sumOfDay, sumOfNothing } from '#domain/line-loss/loss-sum.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter } from '../site.ts';
import { BANDS, dayOf, type Given, lossSite, registers } from './loss-site.ts';

const register = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { freq: 8 });
const given: fc.Arbitrary<Given> = fc.oneof(
  { weight: 6, arbitrary: register },
  { weight: 1, arbitrary: fc.tuple(register, register) },
  { weight: 1, arbitrary: fc.tuple(register, register, fc.constant('e' as const)) },
);
const pair: fc.Arbitrary<readonly [Given, Given]> = fc.tuple(given, given);
const day: fc.Arbitrary<AreaDay> = fc
  .record({ s: pair, c1: pair, c2: pair, c3: pair })
  .map((registersOf) => dayOf(lossSite(3), registersOf));
const bands = { ...BANDS, lossMinSuccessPercent: 30 };

function sum(days: readonly AreaDay[]): LossSum {
  return days.reduce((total, each) => added(total, sumOfDay(each, bands)), NO_LOSS);
}

test('any split and order of days adds up to the same, and lost is supplied less sold', () => {
  fc.assert(
    fc.property(fc.array(day, { maxLength: 8 }), fc.nat(), fc.nat(), (days, cut, turn) => {
      const at = days.length === 0 ? 0 : cut % days.length;
      const turned = [...days.slice(turn % 8), ...days.slice(0, turn % 8)];
      const whole = sum(days);
      expect(added(sum(turned.slice(0, at)), sum(turned.slice(at)))).toEqual(whole);
      expect(whole.lostWh).toBe(whole.suppliedWh - whole.soldWh);
      const losses = days.map((each) => lossOf(each, bands)).filter(({ lostWh }) => lostWh !== null);
      expect(whole.computable).toBe(losses.length);
      expect(whole.lostWh).toBe(losses.reduce((total, { lostWh }) => total + (lostWh ?? 0), 0));
      const notIn = Object.values(whole.notIn).reduce((total, count) => total + (count ?? 0), 0);
      expect(whole.computable + notIn).toBe(days.length);
    }),
  );
});

test('a supply register that is missing or estimated never yields a number', () => {
  const blind = fc.oneof(fc.constant(null), fc.tuple(register, register, fc.constant('e' as const)));
  fc.assert(
    fc.property(blind, given, fc.boolean(), pair, pair, (bad, good, isFirst, c1, c2) => {
      const s: readonly [Given, Given] = isFirst ? [bad, good] : [good, bad];
      const found = lossOf(dayOf(lossSite(2), { s, c1, c2 }), { lossMinSuccessPercent: 0 });
      expect(found).toMatchObject({ suppliedWh: null, soldWh: null, lostWh: null });
      expect(found.why).not.toBeNull();
    }),
  );
});

test('a sum without a computable day has no energies but the most frequent reason', () => {
  const nothing = [sumOfNothing('not_kept'), sumOfNothing('low_success'), sumOfNothing('low_success')];
  expect(lossOfSum(nothing.reduce(added))).toEqual({
    why: 'low_success',
    suppliedWh: null,
    soldWh: null,
    lostWh: null,
  });
  expect(lossOfSum(NO_LOSS).why).toBe('not_kept');
});

test('a sum that is no safe integer is refused', () => {
  const most = { ...NO_LOSS, computable: 1, suppliedWh: Number.MAX_SAFE_INTEGER };
  expect(() => added(most, { ...NO_LOSS, suppliedWh: 1 })).toThrow('cannot sum energies exactly');
});

/** Customer `c1` hangs in a1 until noon and in a2 from then on; h is at the head of the feeder. */
function moving(): Registry {
  const noon = at('2026-11-20', '12:00');
  const site = lossSite(3);
  return {
    ...site,
    feeders: [{ id: 'f1', name: 'f1', district: 'd1', supplyMeters: ['h'] }],
    areas: [...site.areas, { id: 'a2', name: 'a2', feeder: 'f1', kva: 100 }],
    meters: [...site.meters, meter('s2', { role: 'supply', area: 'a2' }), meter('h', { role: 'supply' })],
    installations: [
      ...site.installations.filter(({ meter: id }) => id !== 'c1' && id !== 'c3'),
      installation('c1', { account: 'n-c1', to: noon, endWh: 500_000 }),
      installation('c1', { account: 'n-c1', from: noon, startWh: 500_000, area: 'a2' }),
      installation('c3', { account: 'n-c3', area: 'a2' }),
      installation('s2', { area: 'a2' }),
      installation('h'),
    ],
  };
}

test('what a moved meter counted is sold once, part in the one area and part in the other', () => {
  const index = new RegistryIndex(moving());
  const members = new AreaMembers(index);
  const low = fc.integer({ min: 0, max: 500_000 });
  const high = fc.integer({ min: 500_000, max: 1_000_000 });
  fc.assert(
    fc.property(low, high, (before, after) => {
      const at = registers({ s: [0, 1], s2: [0, 1], c1: [before, after], c2: [0, 0], c3: [0, 0] });
      const [one, two] = ['a1', 'a2'].map((area) => areaDayOf(index, members, area, at).soldWh);
      expect([one, two]).toEqual([500_000 - before, after - 500_000]);
    }),
  );
});

test('a feeder with a head is supplied by it, and sells what all its areas sell, whatever they are supplied', () => {
  const index = new RegistryIndex(moving());
  const members = new AreaMembers(index);
  const at = registers({
    s: [null, null],
    s2: [0, 1],
    c1: [400_000, 700_000],
    c2: [0, 5000],
    c3: [0, 7000],
    h: [0, 320_000],
  });
  const areas = ['a1', 'a2'].map((area) => areaDayOf(index, members, area, at));
  const head = feederDayOf(members, 'f1', at, areas);
  expect(head).toMatchObject({ area: 'feeder:f1', why: null, suppliedWh: 320_000, soldWh: 312_000, customers: 4 });
  const blind = feederDayOf(members, 'f1', registers({ h: [null, 3] }), areas);
  expect(blind).toMatchObject({ why: 'supply_missing', suppliedWh: null });
});

test('a feeder with generation below needs the export of its head', () => {
  const site = {
    ...moving(),
    accounts: [account('n-c1'), account('n-c2'), account('n-c3', { category: 'generator' })],
  };
  const index = new RegistryIndex(site as Registry);
  const members = new AreaMembers(index);
  const of = (h: readonly [Given, Given]) => {
    const at = registers({
      s: [0, 1],
      s2: [0, 1],
      c1: [5e5, 5e5],
      c2: [0, 0],
      c3: [
        [0, 0],
        [10, 900],
      ],
      h,
    });
    return feederDayOf(
      members,
      'f1',
      at,
      ['a1', 'a2'].map((area) => areaDayOf(index, members, area, at)),
    );
  };
  expect(of([0, 1000])).toMatchObject({ why: 'supply_export_missing', suppliedWh: null });
  expect(
    of([
      [0, 0],
      [1000, 100],
    ]),
  ).toMatchObject({ why: null, suppliedWh: 900 + 900, generationWh: 900 });
});
