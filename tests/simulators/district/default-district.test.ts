import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SiteFile } from '../../../gateway/registry/site-schema.ts';
import { buildDistrict } from '../../../simulators/district/build.ts';
import { defaultScenario, expectedYesterday, openWorld } from '../../../simulators/district/scenario.ts';
import { type Endpoint, siteFileText } from '../../../simulators/district/site-file.ts';
import { LINE_KINDS } from '../../../simulators/world/spec.ts';
import { NOW } from '../support/small-world.ts';

const scenario = defaultScenario({ anchorMs: NOW });
const { spec } = scenario;
const count = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length;
const endpoints = new Map<string, Endpoint>(
  spec.lines.map((line, i) => [
    line.id,
    line.kind.endsWith('pty') ? { path: `/tmp/ports/${line.id}` } : { host: '127.0.0.1', port: 20_000 + i },
  ]),
);

describe('the default district', () => {
  it('has 300 customers in six areas on two feeders, and one supply meter an area', () => {
    const customers = spec.meters.filter(({ role }) => role === 'customer');
    expect(customers).toHaveLength(300);
    expect(spec.areas.map(({ id }) => count(customers, ({ area }) => area === id))).toEqual([62, 60, 40, 38, 50, 50]);
    expect(spec.areas.map(({ id }) => count(spec.meters, (m) => m.area === id && m.role === 'supply'))).toEqual(
      Array(6).fill(1),
    );
    expect(new Set(spec.areas.map(({ feeder }) => feeder))).toEqual(new Set(['F1', 'F2']));
    expect(spec.lines.map(({ id }) => id)).toEqual([
      'J-0101',
      'J-0102',
      'J-0103',
      'RS485-A4',
      'GW-A5',
      'RTU-A5',
      'J-0106',
    ]);
    expect(new Set(spec.meters.map(({ model }) => model)).size).toBe(4);
  });

  it('gives every address of a line, every number and every account once', () => {
    const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;
    expect(unique(spec.meters.map(({ id }) => id))).toBe(true);
    expect(unique(spec.meters.map(({ line, address }) => `${line} ${address}`))).toBe(true);
    expect(unique(spec.accounts.map(({ no }) => no))).toBe(true);
    expect(unique(spec.accounts.map(({ address }) => address))).toBe(true);
  });

  it('has vulnerable, critical and large customers, panels, and one that is disconnected', () => {
    const { accounts } = spec;
    expect(count(accounts, ({ priority }) => priority === 'vulnerable')).toBe(4);
    expect(count(accounts, ({ priority }) => priority === 'critical')).toBe(4);
    expect(count(accounts, ({ priority }) => priority === 'large')).toBe(3);
    expect(count(accounts, ({ category }) => category === 'generator')).toBeGreaterThan(8);
    const [cut, ...others] = accounts.filter(({ status }) => status === 'disconnected');
    expect(others).toEqual([]);
    const world = openWorld(scenario);
    const meter = world.meters.find((one) => one.spec.account === cut?.no);
    expect(meter?.registers(NOW).relayOpen).toBe(true);
  });

  it('says what an operator must see for the day freeze of yesterday', () => {
    const expected = expectedYesterday(openWorld(scenario), NOW);
    const exceptions = [...expected].filter(([id, what]) => {
      const meter = spec.meters.find((one) => one.id === id);
      return what !== 'answered' && meter?.area !== 'A5' && meter?.area !== 'A6';
    });
    expect(Object.fromEntries(exceptions)).toEqual({
      '310001000014': 'wrong_address',
      '310002000006': 'no_answer',
      '310002000011': 'meter_clock_wrong',
      '310002000018': 'stale_freeze',
      '310002000025': 'implausible',
      '310004000008': 'no_answer',
    });
    expect(expected.get('310005000011')).toBe('not_due');
    expect(expected.get('310006000001')).toBe('concentrator_offline');
    expect(count([...expected.values()], (what) => what === 'answered')).toBe(204 - 6);
  });

  it('has an area that was without power for 25 minutes at the anchor and for ten more', () => {
    const world = openWorld(scenario);
    const meter = world.meter('310003000001');
    expect([-1_501, -1_499, 599, 601].map((s) => meter.canAnswer(NOW + s * 1000))).toEqual([true, false, false, true]);
    expect(world.meter('310003900001').registers(NOW).onBattery).toBe(true);
  });

  it('has a meter that rolled over at noon of yesterday', () => {
    const meter = openWorld(scenario).meter('310001000033');
    expect(meter.dayFreeze('2026-11-19')?.importWh).toBeGreaterThan(999_000_000);
    expect(meter.dayFreeze('2026-11-20')?.importWh).toBeLessThan(10_000);
  });

  it('has two branches an area, and boxes of up to six neighbours with single-phase meters on one line', () => {
    for (const { id } of spec.areas) {
      const customers = spec.meters.filter(({ area, role }) => area === id && role === 'customer');
      const branches = customers.map(({ branch }) => branch);
      expect(branches).toEqual([...branches].sort());
      expect(new Set(branches)).toEqual(new Set(['B1', 'B2']));
      const boxes = Map.groupBy(customers, ({ box }) => box);
      for (const { model } of boxes.get(undefined) ?? []) expect(['dlt645-3ph', 'sdm630']).toContain(model);
      boxes.delete(undefined);
      const sizes = [...boxes.values()].map((meters) => meters.length);
      expect([Math.min(...sizes) >= 1, Math.max(...sizes)]).toEqual([true, 6]);
      for (const meters of boxes.values()) {
        expect(new Set(meters.map(({ branch, line }) => `${branch} ${line}`)).size).toBe(1);
        expect(meters.some(({ model }) => model === 'dlt645-3ph' || model === 'sdm630')).toBe(false);
      }
    }
    expect(spec.meters.filter(({ role }) => role === 'supply').some(({ branch, box }) => branch ?? box)).toBe(false);
    const site = parse(siteFileText(spec, endpoints)) as SiteFile;
    expect(site.meters.map(({ branch, box }) => [branch, box])).toEqual(
      spec.meters.map(({ branch, box }) => [branch, box]),
    );
  });

  it('is written as a site file that the schema of the centre takes', () => {
    const text = siteFileText(spec, endpoints);
    const site: unknown = parse(text);
    expect([...Value.Errors(SiteFile, site)]).toEqual([]);
    expect(Value.Check(SiteFile, site)).toBe(true);
    expect(text).toContain('"310001000001"');
  });

  it('names in its site file no line, area or account that is not there', () => {
    const site = parse(siteFileText(spec, endpoints)) as SiteFile;
    const has = (items: readonly { readonly id: string }[] | undefined, id: string): boolean =>
      items?.some((item) => item.id === id) ?? false;
    for (const meter of site.meters) {
      expect(has(site.lines, meter.line)).toBe(true);
      expect(has(site.areas, meter.area)).toBe(true);
      expect(meter.account === undefined || (site.accounts?.some(({ no }) => no === meter.account) ?? false)).toBe(
        true,
      );
    }
    for (const area of site.areas) expect(has(site.feeders, area.feeder ?? '')).toBe(true);
  });
});

describe('a district of another shape', () => {
  it('may have any number of areas and lines of any kind', () => {
    const areas = LINE_KINDS.map((kind, i) => ({ id: `T${i}`, lines: [{ kind, customers: 3 }] }));
    const district = buildDistrict({ areas });
    expect(district.meters).toHaveLength(LINE_KINDS.length * 4);
    expect(district.lines.map(({ id, kind }) => [id, kind])).toEqual(LINE_KINDS.map((kind, i) => [`L-T${i}-1`, kind]));
    expect(buildDistrict({ areas })).toEqual(district);
    expect(buildDistrict({ areas, seed: 2 }).meters[1]?.load).not.toEqual(district.meters[1]?.load);
  });
});
