import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Installation, Meter } from '#contract/registry.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { at, DAY_MS, installation, meter, registry } from '../site.ts';

const moved = at('2026-06-01');
const areas = ['a1', 'a2'].map((id) => ({ id, name: id, feeder: 'f1', kva: 400 }));
const meters = [
  meter('shop', { area: 'a2', ct: 80 }),
  meter('home'),
  meter('sum', { role: 'supply', ct: 160 }),
  meter('check', { role: 'check' }),
  meter('head', { role: 'supply', pt: 100 }),
];
const installations = [
  installation('shop', { area: 'a1', ct: 40, to: moved, endWh: 9000 }),
  installation('shop', { from: moved, startWh: 9000 }),
  installation('home'),
  installation('sum'),
  installation('check'),
  installation('head'),
];

function index(over: { meters?: Meter[]; installations?: Installation[]; heads?: string[] } = {}): RegistryIndex {
  const { heads = ['head'], ...rest } = over;
  const feeders = [{ id: 'f1', name: '一线', district: 'd1', supplyMeters: heads }];
  return new RegistryIndex(registry({ areas, feeders, meters, installations, ...rest }));
}

const ids = (stays: readonly { readonly meter: string }[]): string[] => stays.map((stay) => stay.meter);

describe('stays of an area', () => {
  it('follow installations: a meter that moved counts in both areas, each for its time', () => {
    const known = index();
    const before = known.staysOfArea('a1', moved - DAY_MS, moved);
    expect(ids(before.customer)).toEqual(['home', 'shop']);
    expect(before.customer[1]).toMatchObject({ ratio: 40, to: moved, endWh: 9000 });
    expect(ids(before.supply)).toEqual(['sum']);
    expect(ids(before.check)).toEqual(['check']);
    expect(ids(known.staysOfArea('a1', moved, moved + DAY_MS).customer)).toEqual(['home']);
    expect(known.staysOfArea('a2', moved - 1, moved + 1).customer).toMatchObject([{ ratio: 80, from: moved }]);
    expect(known.staysOfArea('nowhere', 0, moved)).toEqual({ customer: [], supply: [], check: [] });
    expect([known.areaAt('shop', moved - 1), known.areaAt('shop', moved)]).toEqual(['a1', 'a2']);
    expect([known.ratioAt('shop', moved - 1), known.ratioAt('shop', moved)]).toEqual([40, 80]);
    expect([known.areaAt('shop', 0), known.ratioAt('nobody', moved)]).toEqual([null, null]);
    expect(known.staysOf('shop').map(({ area }) => area)).toEqual(['a1', 'a2']);
    expect(known.staysOf('nobody')).toEqual([]);
  });

  it('leave out the meter at the head of a feeder, whatever area it is booked on', () => {
    expect(
      ids(
        index()
          .feederSupplyMeters('f1')
          .map(({ id }) => ({ meter: id })),
      ),
    ).toEqual(['head']);
    expect(index().feederSupplyMeters('nowhere')).toEqual([]);
    expect(ids(index({ heads: [] }).staysOfArea('a1', 0, moved).supply)).toEqual(['head', 'sum']);
    const lone = index({ installations: [installation('head')] });
    expect(lone.supplyMeterOf('a1', moved)).toBeNull();
  });

  it('are the same as by asking every installation, whatever the spans', () => {
    const span = fc.record({
      meter: fc.constantFrom(...meters.map(({ id }) => id)),
      area: fc.constantFrom('a1', 'a2', undefined),
      from: fc.nat(20),
      length: fc.option(fc.integer({ min: 1, max: 10 })),
    });
    fc.assert(
      fc.property(fc.array(span), fc.nat(20), fc.integer({ min: 1, max: 10 }), (spans, from, length) => {
        const list = spans.map(({ meter: id, area, from: start, length: n }) =>
          installation(id, { from: start, to: n === null ? null : start + n, ...(area !== undefined && { area }) }),
        );
        const known = index({ installations: list });
        for (const { id: area } of areas) {
          const found = Object.values(known.staysOfArea(area, from, from + length)).flat();
          const expected = list.filter(
            (each) =>
              (each.area ?? known.meter(each.meter)?.area) === area &&
              each.meter !== 'head' &&
              each.from < from + length &&
              (each.to ?? 99) > from,
          );
          expect(found.map((stay) => `${stay.meter} ${stay.from}`).sort()).toEqual(
            expected.map((each) => `${each.meter} ${each.from}`).sort(),
          );
        }
      }),
    );
  });
});

describe('the topology version of an area', () => {
  const version = (over: Parameters<typeof index>[0] = {}): string => index(over).topologyVersion('a1');

  it('is the same for the same stays in any order, and for what does not concern the area', () => {
    expect(version()).toMatch(/^[0-9a-f]{16}$/);
    expect(version({ installations: installations.toReversed(), meters: meters.toReversed() })).toBe(version());
    expect(version({ meters: [...meters, meter('other', { area: 'a2' })] })).toBe(version());
    expect(index().topologyVersion('a2')).not.toBe(version());
  });

  it('changes with who hung there, when, in which role and with which ratio', () => {
    const versions = [
      version(),
      version({ installations: installations.slice(1) }),
      version({ installations: installations.map((each) => ({ ...each, from: each.from + DAY_MS })) }),
      version({ installations: installations.map((each) => ({ ...each, to: moved + DAY_MS })) }),
      version({ installations: installations.map((each) => ({ ...each, pt: 2 })) }),
      version({ meters: meters.map((each) => ({ ...each, role: 'customer' as const })) }),
      version({ heads: [] }),
    ];
    expect(new Set(versions).size).toBe(versions.length);
  });
});
