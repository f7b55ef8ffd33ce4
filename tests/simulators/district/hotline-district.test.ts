import { expect, it } from 'vitest';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { openWorld, scenarioOf } from '../../../simulators/district/scenario.ts';
import { siteFileText } from '../../../simulators/district/site-file.ts';
import { at, NOW } from '../support/small-world.ts';

const scenario = scenarioOf('hotline', { anchorMs: NOW });
const world = openWorld(scenario);

it('is a site that the centre can use, with all its faults', () => {
  const endpoints = new Map(scenario.spec.lines.map(({ id }) => [id, { dialInPort: 20_100 }]));
  const site = parseSite('site.yaml', siteFileText(scenario.spec, endpoints), NOW);
  expect(site.meters).toHaveLength(130);
  expect(site.lines.map(({ concentrator }) => concentrator)).not.toContain(null);
  expect(site.accounts.filter(({ priority }) => priority === 'vulnerable')).toHaveLength(1);
  expect(world.faults.list().map(({ id }) => id)).toEqual(scenario.faults.map(({ id }) => id));
});

it('drives the transformer of one area over its rating in the evening, and of no other', () => {
  const load = (area: string, time: string): number => {
    const supply = world.meters.find(({ spec }) => spec.area === area && spec.role === 'supply');
    const kva = scenario.spec.areas.find(({ id }) => id === area)?.kva ?? 0;
    const total = supply?.registers(at(time)).apparentPowersVa.total ?? 0;
    return (total * (supply?.spec.ct ?? 1)) / 1000 / kva;
  };
  for (const time of ['2026-11-19T18:30:00', '2026-11-20T19:30:00', '2026-11-20T21:30:00']) {
    expect(load('H9', time)).toBeGreaterThan(1.05);
    expect(load('H7', time)).toBeLessThan(0.7);
  }
  expect(load('H9', '2026-11-20T12:00:00')).toBeLessThan(0.5);
});
