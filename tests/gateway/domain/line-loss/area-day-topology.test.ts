import { describe, expect, it } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { at, installation, meter } from '../site.ts';
import { dayOf, FROM, lossSite, NOON, READ, second } from './loss-site.ts';

describe('installations within the day', () => {
  it('count a customer exchanged by the registers written down', () => {
    const site = second({ installations: [{ to: NOON, endWh: 800 }] });
    const exchanged: Registry = {
      ...site,
      meters: [...site.meters, meter('c9')],
      installations: [...site.installations, installation('c9', { account: 'n-c2', from: NOON, startWh: 5 })],
    };
    const day = dayOf(exchanged, { s: [1000, 2000], c1: [100, 4100], c2: [300, null], c9: [null, 1005] });
    expect(day).toMatchObject({ why: null, soldWh: 4000 + 500 + 1000, exchanged: 1, moved: 0, customers: 3, read: 3 });
  });

  it('count an exchange at the very instant of the freeze', () => {
    const site = second({ installations: [{ to: FROM, endWh: 800 }] });
    const exchanged: Registry = {
      ...site,
      meters: [...site.meters, meter('c9')],
      installations: [...site.installations, installation('c9', { account: 'n-c2', from: FROM, startWh: 5 })],
    };
    const day = dayOf(exchanged, { ...READ, c2: [null, null], c9: [null, 1005] });
    expect(day).toMatchObject({ why: null, soldWh: 5000, exchanged: 1, moved: 0, customers: 2 });
  });

  it('count a supply meter exchanged with a short gap, with either ratio, and not one with a long gap', () => {
    const exchanged = (from: number): Registry => {
      const site = lossSite(2);
      return {
        ...site,
        meters: [...site.meters, meter('s2', { role: 'supply', ct: 20 })],
        installations: [
          installation('s', { to: NOON, endWh: 1500 }),
          ...site.installations.slice(1),
          installation('s2', { from, startWh: 0 }),
        ],
      };
    };
    const given = { ...READ, s: [1000, null], s2: [null, 250] } as const;
    const day = dayOf(exchanged(NOON + 600_000), given);
    expect(day).toMatchObject({ why: null, suppliedWh: 5000 + 5000, supplyMeters: 2, exchanged: 1 });
    expect(dayOf(exchanged(NOON + 3_600_001), given)).toMatchObject({ why: 'supply_gap', suppliedWh: null });
  });

  it('count a meter moved between areas in each for its time, with the ratio of that time', () => {
    const site = second({
      installations: [
        { to: NOON, endWh: 3000 },
        { from: NOON, startWh: 3000, area: 'a2', ct: 4 },
      ],
    });
    const two: Registry = { ...site, areas: [...site.areas, { id: 'a2', name: 'a2', feeder: 'f1', kva: 1 }] };
    expect(dayOf(two, READ)).toMatchObject({ why: null, soldWh: 4000 + 3000, moved: 1, exchanged: 0 });
    expect(dayOf(two, READ, 'a2')).toMatchObject({ soldWh: 2000 * 4, moved: 1, customers: 1 });
  });

  it('leave out check meters and the meters at the head of a feeder', () => {
    const site = lossSite(2);
    const over: Registry = {
      ...site,
      feeders: [{ id: 'f1', name: 'f1', district: 'd1', supplyMeters: ['h'] }],
      meters: [...site.meters, meter('h', { role: 'supply' }), meter('k', { role: 'check' })],
      installations: [...site.installations, installation('h'), installation('k')],
    };
    expect(dayOf(over, { ...READ, h: [0, 77], k: [0, 5] })).toMatchObject({ suppliedWh: 10_000, soldWh: 9000 });
  });
});

describe('the version of the topology', () => {
  const versionOf = (site: Registry) => dayOf(site, READ).topologyVersion;
  const plain = versionOf(second({}));

  it('does not depend on the order of the registry', () => {
    const site = second({});
    const turned = { ...site, installations: site.installations.toReversed(), meters: site.meters.toReversed() };
    expect(versionOf(turned)).toBe(plain);
  });

  it.each([
    ['a ratio', second({ meter: { ct: 5 } })],
    ['a category', second({ account: { category: 'generator' } })],
    ['a status', second({ account: { status: 'closed' } })],
    ['a member', lossSite(3)],
    ['an end within the day', second({ installations: [{ to: NOON, endWh: 5 }] })],
  ])('changes with %s', (_what, site) => {
    expect(versionOf(site)).not.toBe(plain);
  });

  it('changes with the instant of an end within the day', () => {
    const until = (to: number) => versionOf(second({ installations: [{ to, endWh: 5 }] }));
    expect(until(NOON)).not.toBe(until(NOON + 1));
  });

  it('stays when something ends after the day', () => {
    expect(versionOf(second({ installations: [{ to: at('2026-11-25') }] }))).toBe(plain);
  });
});
