import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
import { siteProfile } from '../../support/site-profile.ts';
import { cliBench } from './cli-bench.ts';

const TCP = ['--tcp', '127.0.0.1:1', '--protocol', 'dlt645'];

describe('the commands', () => {
  it.each([
    [['raed'], 'Did you mean read'],
    [['read'], '--protocol is missing'],
    [['read', '--protocol', 'dlt646'], 'dlt645, dlt645-1997'],
    [['read', '--protocol', 'dlt645'], '--address is missing'],
    [['read', '--protocol', 'dlt645', '--address', '1'], 'exactly one of --tcp'],
    [['read', '--tcp', 'here', '--protocol', 'dlt645', '--address', '1'], 'host:port'],
    [['read', ...TCP, '--address', '999999999999'], 'broadcast'],
    [['read', ...TCP, '--address', '1', '--di', '9010'], '8 hexadecimal digits'],
    [['read', ...TCP, '--address', '1', '--items', 'volage_a_v'], 'voltage_a_v'],
    [['read', ...TCP, '--address', '1', '--task', 'freeze'], 'freeze-day'],
    [['read', ...TCP, '--address', '1', '--task', 'profile', '--slot', '2026-11-20 10:05'], '10:00'],
    [['read', ...TCP, '--address', '1', '--task', 'instant', '--slot', '2026-11-20'], 'keeps no record'],
    [['read', ...TCP, '--address', '1', '--slot', '2026-11-20'], 'without --task'],
    [['read', '--tcp', 'h:1', '--protocol', 'modbus-tcp', '--address', '1', '--register', '0x4z:2'], 'whole number'],
    [
      ['read', '--tcp', 'h:1', '--protocol', 'modbus-tcp', '--address', '1', '--register', '1', '--type', 'u32'],
      '1 registers as u32',
    ],
    [['read', ...TCP, '--address', '1', '--di', '00010000', '--items', 'frequency_hz'], '--di together with --items'],
    [['read', '--serial', '/dev/x', '--protocol', 'modbus-tcp', '--address', '1'], 'modbus-rtu'],
    [['read', '--tcp', 'h:1', '--protocol', 'modbus-tcp', '--address', '248', '--register', '1'], '1 to 247'],
    [['read', '--tcp', 'h:1', '--protocol', 'modbus-tcp', '--address', '1'], '--model or --register'],
    [['read', '--tcp', 'h:1', '--protocol', 'modbus-tcp', '--address', '1', '--model', 'dlt645-1ph'], 'sdm630'],
    [['scan', '--tcp', 'h:1', '--from', '9', '--to', '3'], 'nothing lies between'],
    [['scan', '--serial', '/dev/x', '--bauds', 'fast'], 'whole number'],
    [['check', '/nowhere/site.yaml'], '/nowhere/site.yaml'],
    [['capacity'], '--meters N is missing'],
    [['capacity', '--meters', '3', '--every', 'often'], '15m'],
    [['capacity', '--meters', '3', '--model', 'x1'], 'dlt645-1ph'],
    [['profiles', 'x1'], 'dlt645-1ph'],
  ])('%j ends with 2 and says what would be right: %s', async (argv, text) => {
    const { run, out, notes } = cliBench();
    expect(await run(...argv)).toBe(2);
    expect(notes.join('\n')).toContain(text);
    expect(out).toEqual([]);
  });

  it.each(['read', 'scan', 'check', 'capacity', 'decode', 'profiles'])(
    '%s --help has examples and exit codes',
    async (name) => {
      const { run, out } = cliBench();
      expect(await run(name, '--help')).toBe(0);
      expect(out.join('\n')).toMatch(/Examples:[\s\S]*Exit codes: 0 /);
    },
  );

  it('profiles shows each model in full, with quantities, caveats and sources', async () => {
    for (const { id, en } of METER_MODELS) {
      const { run, out } = cliBench();
      expect(await run('profiles', id)).toBe(0);
      expect(out.join('\n')).toContain(en);
      expect(out.join('\n'), id).toMatch(/energy_import_wh[\s\S]*\nnote: [\s\S]*\nsource: /);
    }
  });

  it('profiles says what the events cost and that a SunSpec meter tells its place itself', async () => {
    const { run, out } = cliBench();
    expect(await run('profiles', 'dlt645-3ph')).toBe(0);
    expect(out.join('\n')).toMatch(/events: power_down, .*counts are read each time/);
    expect(await run('profiles', 'sunspec-3ph')).toBe(0);
    expect(out.join('\n')).toContain('the meter says itself where its registers are');
  });

  it("profiles and capacity know a site's own models, also those that no meter has yet", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-cli-'));
    const file = join(folder, 'site.yaml');
    const line = 'lines:\n  - { id: L, protocol: modbus-tcp, tcp: { host: h, port: 1 } }\n';
    const meter = 'meters:\n  - { id: "1", model: sdm120, line: L, area: A1, address: "1" }\n';
    writeFileSync(join(folder, 'own.yaml'), JSON.stringify(siteProfile()));
    const own = 'profiles: [own.yaml]\n';
    writeFileSync(file, `site: { name: x }\nareas:\n  - { id: A1, name: a, kva: 100 }\n${line}${meter}${own}`);
    try {
      const { run, out, notes } = cliBench();
      expect(await run('profiles', 'my-meter', '--site', file), notes.join('\n')).toBe(0);
      expect(out.join('\n')).toMatch(/My meter[\s\S]*0x000A +u16[\s\S]*voltage_a_v/);
      expect(await run('profiles', '--site', file)).toBe(0);
      expect(out.at(-1)).toMatch(/sdm630[\s\S]*my-meter/);
      const planned = ['capacity', '--meters', '3', '--model', 'my-meter', '--baud', '9600'];
      expect(await run(...planned, '--site', file)).toBe(0);
      expect(out.at(-1)).toMatch(/my-meter +3 ×/);
      expect(await run(...planned)).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('capacity ends with 1 for a line that cannot keep up, and says how many meters fit', async () => {
    const { run, out } = cliBench();
    expect(await run('capacity', '--meters', '300', '--baud', '1200', '--model', 'dlt645-1ph')).toBe(1);
    expect(out.join('\n')).toMatch(/DOES NOT FIT/);
    const fits = Number(/room for (\d+) meters/.exec(out.join('\n'))?.[1]);
    expect(await cliBench().run('capacity', '--meters', String(fits), '--baud', '1200', '--model', 'dlt645-1ph')).toBe(
      0,
    );
    expect(
      await cliBench().run('capacity', '--meters', String(fits + 1), '--baud', '1200', '--model', 'dlt645-1ph'),
    ).toBe(1);
  });
});
