import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
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
    [['scan', '--tcp', 'h:1', '--protocols', 'dlt698'], '--from and --to'],
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
