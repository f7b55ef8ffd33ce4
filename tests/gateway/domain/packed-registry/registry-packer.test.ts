import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, Installation, Meter, Registry } from '#contract/registry.ts';
import { RegistryPacker } from '#domain/packed-registry/registry-packer.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, line, meter, registry } from '../site.ts';

const AREAS = ['a1', 'a2', 'a3'];
const NOS = ['h1', 'h2', 'h3'];
const IDS = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'];
const from = at('2026-01-10');

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const accounts: fc.Arbitrary<Account[]> = fc.tuple(
  ...NOS.map((no) =>
    fc
      .record({
        category: fc.constantFrom<Account['category']>('resident', 'generator'),
        status: fc.constantFrom<Account['status']>('active', 'closed'),
        contractKw: optional(fc.constantFrom(8, 252.5)),
      })
      .map(({ contractKw, ...kind }) => account(no, { ...kind, ...(contractKw !== undefined && { contractKw }) })),
  ),
);
const meters: fc.Arbitrary<Meter[]> = fc.tuple(
  ...IDS.map((id) =>
    fc
      .record({
        no: fc.constantFrom(id, '900001'),
        area: fc.constantFrom(...AREAS),
        line: fc.constantFrom('l1', 'l2'),
        role: fc.constantFrom<Meter['role']>('customer', 'supply', 'check'),
        phase: fc.constantFrom<Meter['phase']>('a', 'b', null),
        ct: fc.constantFrom(1, 80),
        maker: optional(fc.constantFrom('威胜', '林洋')),
        branch: optional(fc.constantFrom('B1', 'B2')),
        box: optional(fc.constantFrom('B1', 'X1', 'X2')),
        collectedFrom: fc.nat(1000).map((n) => from + n),
      })
      .map(({ maker, branch, box, ...over }) =>
        meter(id, {
          ...over,
          ...(maker !== undefined && { maker }),
          ...(branch !== undefined && { branch }),
          ...(box !== undefined && { box }),
        }),
      ),
  ),
);
const installations: fc.Arbitrary<Installation[]> = fc
  .array(
    fc.record({
      meter: fc.constantFrom(...IDS),
      account: fc.constantFrom(null, ...NOS),
      from: fc.nat(20).map((n) => from + n),
      to: fc.option(fc.integer({ min: 21, max: 30 }).map((n) => from + n)),
      startWh: fc.option(fc.nat()),
      endWh: fc.option(fc.nat()),
      area: optional(fc.constantFrom(...AREAS)),
      ct: optional(fc.constantFrom(1, 40)),
      pt: optional(fc.constantFrom(1, 100)),
    }),
  )
  .map((rows) => {
    const keyed = new Map(rows.map((row) => [`${row.meter} ${row.from}`, row]));
    const sorted = [...keyed.values()].sort((a, b) =>
      a.meter < b.meter ? -1 : a.meter > b.meter ? 1 : a.from - b.from,
    );
    return sorted.map(({ area, ct, pt, ...row }) =>
      installation(row.meter, {
        ...row,
        ...(area !== undefined && { area }),
        ...(ct !== undefined && { ct }),
        ...(pt !== undefined && { pt }),
      }),
    );
  });
const sites = fc.record({ accounts, meters, installations }).map((lists) =>
  registry({
    feeders: [{ id: 'f1', name: '一线', district: 'd1', supplyMeters: ['m6'] }],
    areas: AREAS.map((id) => ({ id, name: id, feeder: 'f1', kva: 400 })),
    lines: [line('l1'), line('l2', { collector: 'c2' })],
    ...lists,
  }),
);

/** Packed in pages of two, as a store hands them over. */
function packed({ accounts, meters, installations, ...rest }: Registry): RegistryIndex {
  const packer = new RegistryPacker();
  for (let i = 0; i < accounts.length; i += 2) packer.accounts(accounts.slice(i, i + 2));
  for (let i = 0; i < meters.length; i += 2) packer.meters(meters.slice(i, i + 2));
  for (let i = 0; i < installations.length; i += 2) packer.installations(installations.slice(i, i + 2));
  return packer.index(rest);
}

/** Everything that an index can be asked. */
function answers(index: RegistryIndex): unknown {
  const moments = [from - 1, from + 5, from + 20, from + 25, from + 40];
  return {
    lists: [[...index.meters()], [...index.accounts()], [...index.installations()]],
    again: [[...index.meters()], index.registry.meters, index.registry.accounts, index.registry.installations],
    first: index.firstCollected,
    meters: [...IDS, 'nobody'].map((id) => [
      [index.meter(id), index.installationsOf(id), index.staysOf(id)],
      moments.map((moment) => [
        [index.installationAt(id, moment), index.accountAt(id, moment)],
        [index.areaAt(id, moment), index.ratioAt(id, moment)],
      ]),
    ]),
    nos: ['900001', ...IDS].map((no) => index.metersByNo(no)),
    areas: [...AREAS, 'nowhere'].map((area) => [
      [index.metersOfArea(area), index.topologyVersion(area)],
      index.staysOfArea(area, from + 3, from + 22),
      moments.map((moment) => index.supplyMeterOf(area, moment)),
    ]),
    lines: ['l1', 'l2', 'l3'].map((id) => index.metersOfLine(id)),
    collectors: index.metersOfCollector('c2'),
    district: index.metersOfDistrict('d1'),
    accounts: [...NOS, 'nobody'].map((no) => [
      [index.account(no), index.staysOfAccount(no)],
      moments.map((moment) => index.metersOfAccount(no, moment)),
    ]),
    heads: index.feederSupplyMeters('f1'),
  };
}

describe('a packed registry', () => {
  it('answers every question as the lists do', () => {
    fc.assert(
      fc.property(sites, (site) => {
        expect(answers(packed(site))).toEqual(answers(new RegistryIndex(site)));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the branch and the box of thousands of meters of which few have one, and nothing in their place', () => {
    const meters = Array.from({ length: 4000 }, (_, i) =>
      meter(`m${10_000 + i}`, {
        ...(i >= 2000 && i % 700 === 0 && { branch: `B${i}` }),
        ...(i % 1000 === 999 && { box: 'X1' }),
      }),
    );
    expect([...packed(registry({ meters })).meters()]).toStrictEqual(meters);
  });

  it('leaves installations of unknown meters out', () => {
    const site = registry({ meters: [meter('m1')], installations: [installation('gone'), installation('m1')] });
    expect([...packed(site).installations()].map((each) => each.meter)).toEqual(['m1']);
  });

  it('refuses an installation at an account that did not come before it', () => {
    const site = registry({ meters: [meter('m1')], installations: [installation('m1', { account: 'h9' })] });
    expect(() => packed(site)).toThrow(/account h9/);
  });
});
