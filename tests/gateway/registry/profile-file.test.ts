import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, formatProblem } from '#platform/errors.ts';
import { RegistryIndex } from '../../../gateway/domain/registry-index.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { loadProfile } from '../../../gateway/registry/profile-file.ts';
import { loadSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);
const BLUEPRINT = 'gateway/profile.blueprint.yaml';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PROFILE = `id: shop-meter
zh: 商铺表
en: Shop meter
phases: 1
ratedVoltageV: 230
maxCurrentA: 40
rolloverWh: 100000000
modbus:
  functionCode: 3
  wordOrder: low-first
  registers:
    - { quantity: voltage_a_v, address: 0x10, type: u16, scale: 0.1, limits: [0, 400] }
    - { quantity: current_a_a, address: 0x11, type: u16, scale: 0.01, limits: [0, 50] }
    - { quantity: frequency_hz, address: 0x12, type: u16, scale: 0.01, limits: [0, 70] }
    - { quantity: energy_import_wh, address: 0x20, type: u32, scale: 10, limits: [0, 99999999] }
  probe: { address: 0x10, quantities: [1, 2, 3] }
  source: manual
  caveats: []
`;

function site(profiles: string): string {
  return `
site: { name: Shop }
areas: [{ id: A1, name: Area 1, kva: 400 }]
collectors: [{ id: c1 }, { id: c2 }]
lines:
  - { id: L1, collector: c1, protocol: modbus-rtu, serial: { path: /dev/ttyUSB0 } }
  - { id: L2, collector: c2, protocol: modbus-tcp, tcp: { host: h, port: 502 } }
meters:
  - { id: m1, model: shop-meter, line: L1, address: "1", area: A1 }
  - { id: m2, model: sdm120, line: L2, address: "1", area: A1 }
profiles: ${profiles}
`;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Problems as they are shown, without the folder. */
function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map((each) => formatProblem(each).replaceAll(`${folder}/`, ''));
    throw error;
  }
  return [];
}

describe('a site with a meter of its own', () => {
  it('finds the profile beside the site file, and only the collector that needs it is sent it', () => {
    write('shop.yaml', PROFILE);
    const registry = loadSite(write('site.yaml', site('[./shop.yaml]')), NOW);
    expect(registry.profiles).toEqual([loadProfile(join(folder, 'shop.yaml'))]);
    const [c1, c2] = registry.collectors.map((collector) => planFor(registry, collector));
    expect(c1?.profiles).toEqual(registry.profiles);
    expect(c2).not.toHaveProperty('profiles');
    const index = new RegistryIndex(registry);
    const meter = index.meter('m1');
    expect(meter && index.modelOf(meter)).toMatchObject({ en: 'Shop meter', protocol: 'modbus', maxCurrentA: 40 });
  });

  it('has another plan when the profile changes', () => {
    const path = write('site.yaml', site('[./shop.yaml]'));
    const version = (text: string): string => {
      write('shop.yaml', text);
      const registry = loadSite(path, NOW);
      return planFor(registry, registry.collectors[0] ?? { id: '', district: '' }).version;
    };
    expect(version(PROFILE)).not.toBe(version(PROFILE.replace('0x20', '0x22')));
  });

  it('says what is wrong in a profile by its own file and line, and that alone', () => {
    const wrong = PROFILE.replace('address: 0x11', 'address: 0x10').replace('limits: [0, 50]', 'limits: [50, 0]');
    write('shop.yaml', wrong);
    expect(problems(() => loadSite(write('site.yaml', site('[shop.yaml]')), NOW))).toEqual([
      'shop.yaml:13: modbus.registers[1].limits: 50 … 0 must be the lowest and then the highest value',
      'shop.yaml:13: modbus.registers[1].address: current_a_a at 16 lies on the registers of voltage_a_v',
      'shop.yaml:16: modbus.probe: 16 … 18 must lie on registers of the table, but 17 does not',
    ]);
  });

  it('says which file is not there, and which id is taken', () => {
    write('shop.yaml', PROFILE);
    write('twin.yaml', PROFILE);
    write('known.yaml', PROFILE.replace('shop-meter', 'sdm630'));
    const path = write('site.yaml', site('[shop.yaml, gone.yaml, known.yaml, twin.yaml]'));
    expect(problems(() => loadSite(path, NOW))).toEqual([
      expect.stringMatching(/^gone\.yaml: cannot be read: ENOENT/),
      'known.yaml:1: id: sdm630 is a model of the catalogue; choose another id',
      'twin.yaml:1: id: shop-meter is taken already by shop.yaml',
    ]);
  });

  it('may name models of the catalogue and its own, and no others', () => {
    write('shop.yaml', PROFILE);
    const path = write('site.yaml', site('[shop.yaml]').replace('model: sdm120', 'model: shop-meters'));
    expect(problems(() => loadSite(path, NOW))).toEqual([
      expect.stringMatching(
        /site\.yaml:10: meters\[1\]\.model: no model is called shop-meters; there are shop-meter, sdm120/,
      ),
    ]);
    const other = write('site.yaml', site('[]'));
    expect(problems(() => loadSite(other, NOW))).toEqual([
      expect.stringMatching(/site\.yaml:9: meters\[0\]\.model: no model is called shop-meter; there are sdm120/),
    ]);
  });

  it('cannot hang a Modbus meter on a DL/T line', () => {
    write('shop.yaml', PROFILE);
    const path = write('site.yaml', site('[shop.yaml]').replace('modbus-rtu', 'dlt645'));
    expect(problems(() => loadSite(path, NOW))).toContain(
      'site.yaml:9: meters[0].model: shop-meter speaks modbus, but line L1 is dlt645',
    );
  });
});

describe('a profile file', () => {
  it.each([
    ['functionCode: 3', 'functionCode: 6', 'shop.yaml:9: modbus.functionCode: must be one of 3, 4'],
    [
      'type: u32',
      'type: u64',
      'shop.yaml:15: modbus.registers[3].type: must be one of u16, i16, u32, i32, float32, int64',
    ],
    ['  source: manual\n', '', 'shop.yaml:9: modbus: source is missing'],
    ['id: shop-meter', 'id: shop meter', 'shop.yaml:1: id: must be text of the form ^[A-Za-z0-9_-]{1,64}$'],
    [
      'address: 0x20',
      'address: 70000',
      'shop.yaml:15: modbus.registers[3].address: must be a whole number from 0 to 65535',
    ],
    ['phases: 1', 'phase: 1', 'shop.yaml:4: phase: no such key'],
  ])('with %j turned into %j says what would be right', (right, wrong, problem) => {
    const path = write('shop.yaml', PROFILE.replace(right, wrong));
    expect(problems(() => loadProfile(path))).toContain(problem);
  });

  it('that is no YAML says so', () => {
    expect(problems(() => loadProfile(write('shop.yaml', 'id: [')))[0]).toMatch(/^shop\.yaml:1: /);
    expect(() => loadProfile(join(folder, 'none.yaml'))).toThrow(
      /cannot use the meter profile: .*none\.yaml: cannot be read/s,
    );
  });
});

it('the blueprint is a profile, and works in a site as it is', () => {
  const blueprint = loadProfile(BLUEPRINT);
  expect(blueprint.modbus.registers.find(({ quantity }) => quantity === 'energy_import_wh')?.address).toBe(0x48);
  copyFileSync(BLUEPRINT, join(folder, 'my-meter.yaml'));
  const text = site('[./my-meter.yaml]').replace('model: shop-meter', 'model: my-meter');
  expect(loadSite(write('site.yaml', text), NOW).profiles).toEqual([blueprint]);
});
