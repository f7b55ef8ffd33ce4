import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as simClock } from '../../../simulators/clock/sim-clock.ts';
import { buildDistrict } from '../../../simulators/district/build.ts';
import { siteFileText } from '../../../simulators/district/site-file.ts';
import { type StartedLines, startLines } from '../../../simulators/lines/start-lines.ts';
import { World } from '../../../simulators/world/world.ts';
import { AT_ONCE, NOW } from '../../simulators/support/small-world.ts';
import { cliBench } from './cli-bench.ts';

const DEAD = '310001000003';
const OTHER = '310001000002';
let folder = '';
let lines: StartedLines;
let site = '';
let dlt = '';
let modbus = '';
let mute: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meterway-cli-'));
  const world = new World(
    buildDistrict({
      areas: [
        { id: 'A1', lines: [{ kind: 'dlt645-tcp', customers: 4, id: 'DLT', concentrator: 'J1', timing: AT_ONCE }] },
        { id: 'A2', lines: [{ kind: 'modbus-tcp', customers: 3, id: 'MB', timing: AT_ONCE }] },
      ],
    }),
  );
  world.faults.put('dead', { kind: 'dead', target: { meter: DEAD } }, NOW - 1000);
  lines = await startLines({ world, clock: simClock(NOW - Date.now()), ports: {}, ptyFolder: folder });
  site = join(folder, 'site.yaml');
  const place = (line: string): string => {
    const endpoint = lines.endpoints.get(line);
    return endpoint && 'port' in endpoint ? `${endpoint.host}:${endpoint.port}` : '';
  };
  dlt = place('DLT');
  modbus = place('MB');
  // Somebody has put the number of another meter on record.
  const text = siteFileText(world.spec, lines.endpoints).replace(`no: "${OTHER}"`, 'no: "310001777777"');
  writeFileSync(site, text);
  mute = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  mute.close();
  await lines.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('meterway read', () => {
  it('reads a meter of a site file with names and units', async () => {
    const { run, out } = cliBench({ now: NOW });
    expect(await run('read', '--site', site, '--meter', '310001000001')).toBe(0);
    expect(out.join('\n')).toMatch(/正向有功总电能 {2}active energy import +[\d.]+ kWh {2}energy_import_wh/);
  });

  it('reads a task at a slot as JSON', async () => {
    const { run, out } = cliBench({ now: NOW });
    expect(await run('read', '--site', site, '--meter', '310001000001', '--task', 'freeze-day', '--json')).toBe(0);
    const answer = JSON.parse(out.join('')) as { slot: number; values: Record<string, number> };
    expect(answer.slot).toBe(Date.parse('2026-11-20T00:00:00+08:00'));
    expect(answer.values['energy_import_wh']).toBeGreaterThan(0);
  });

  it('shows every frame with what it says, and one data identifier in the words of the standard', async () => {
    const { run, out, notes } = cliBench({ now: NOW });
    const where = ['--tcp', dlt, '--protocol', 'dlt645', '--address', '310001000001'];
    expect(await run('read', ...where, '--di', '02010100', '--trace')).toBe(0);
    expect(out.join('\n')).toMatch(/A 相电压.*V/);
    expect(notes[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} -> FE FE FE FE 68 01 00 00 01 00 31 68 11 /);
    expect(notes[2]).toMatch(/<- (FE )*68 01 00 00 01 00 31 68 91 /);
    expect(notes[3]).toMatch(/DL\/T 645-2007: .*310001000001/);
  });

  it('reads registers of a Modbus meter as the type that is named', async () => {
    const { run, out } = cliBench({ now: NOW });
    const where = ['--tcp', modbus, '--protocol', 'modbus-tcp', '--address', '1'];
    expect(await run('read', ...where, '--register', '0x0:2', '--type', 'float32', '--json')).toBe(0);
    const { registers } = JSON.parse(out.join('')) as { registers: { values: string[] }[] };
    expect(Number(registers[0]?.values[0])).toBeGreaterThan(180);
  });

  it('tells likely cause and first checks when a meter is silent, and ends with 1', async () => {
    const { run, out, notes } = cliBench({ now: NOW });
    expect(await run('read', '--site', site, '--meter', DEAD, '--timeout-ms', '50')).toBe(1);
    expect(notes.join('\n')).toMatch(/did not answer[\s\S]*likely: meter without power[\s\S]*check 3: /);
    expect(out).toEqual([]);
  });

  it('says in one line why a line cannot be opened', async () => {
    const { run, notes } = cliBench();
    expect(await run('read', '--tcp', '127.0.0.1:1', '--protocol', 'dlt645', '--address', '1')).toBe(1);
    expect(notes).toEqual(['cannot open tcp 127.0.0.1:1: connection refused']);
  });
});

describe('meterway scan', () => {
  it('finds the meters of a range, and reports them as JSON', async () => {
    const { run, out } = cliBench({ now: NOW });
    const range = ['--from', '310001000001', '--to', '310001000004', '--timeout-ms', '400'];
    expect(await run('scan', '--site', site, '--line', 'DLT', ...range, '--json')).toBe(0);
    const { found } = JSON.parse(out.join('')) as { found: { address: string }[] };
    expect(found.map(({ address }) => address)).toEqual(['310001000001', OTHER, '310001000004']);
  });

  it('goes on to the next protocol when a device hangs up on the first', async () => {
    const { run, out, notes } = cliBench({ now: NOW });
    expect(await run('scan', '--tcp', modbus, '--from', '1', '--to', '5', '--timeout-ms', '300')).toBe(0);
    expect(out.filter((line) => line.startsWith('found'))).toEqual(
      [1, 2, 3].map((unit) => `found ${unit} (modbus-tcp, ${modbus})`),
    );
    expect(notes.join('\n')).toMatch(/dlt645, .*: given up/);
  });

  it('ends with what it has when it is stopped', async () => {
    const { run, notes, stop } = cliBench();
    const address = mute.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const ended = run('scan', '--tcp', `127.0.0.1:${port}`, '--protocols', 'modbus-tcp', '--timeout-ms', '30');
    setTimeout(stop, 100);
    expect(await ended).toBe(1);
    expect(notes.at(-1)).toBe('0 meters found, stopped before the end');
  });
});

describe('meterway check', () => {
  it('reads the number behind every address and names the meters that are silent or others', async () => {
    const { run, out } = cliBench({ now: NOW });
    expect(await run('check', site, '--meters', '--timeout-ms', '400', '--json')).toBe(1);
    const report = JSON.parse(out.join('')) as {
      lines: { line: string; fault: string | null; meters: { meter: string; kind: string; reason?: string }[] }[];
    };
    expect(report.lines.map(({ line, fault }) => [line, fault])).toEqual([
      ['DLT', null],
      ['MB', null],
    ]);
    const bad = report.lines.flatMap(({ meters }) => meters).filter(({ kind }) => kind !== 'good');
    expect(bad.map(({ meter, kind, reason }) => [meter, kind, reason])).toEqual([
      [OTHER, 'other', undefined],
      [DEAD, 'failed', 'no_answer'],
    ]);
  });

  it('shows the arithmetic of every line, warnings and a verdict, and opens links when asked to', async () => {
    const { run, out } = cliBench({ now: NOW });
    expect(await run('check', site, '--links')).toBe(0);
    const text = out.join('\n');
    expect(text).toMatch(/line DLT needs [\d.]+ s of every 300 s/);
    expect(text).toMatch(/DLT +open/);
    expect(text).toMatch(/all is well$/);
  });

  it('lists every problem of a bad site file with its line, and ends with 1', async () => {
    const file = join(folder, 'bad.yaml');
    const areas = 'areas:\n  - { id: A1, name: a, kva: 100 }\n';
    const line = 'lines:\n  - { id: L, protocol: dlt645, tcp: { host: h, port: 1 } }\n';
    const meters =
      'meters:\n  - { id: "1", model: nope, line: L, area: A1 }\n  - { id: "1", model: sdm120, line: X, area: A1 }\n';
    writeFileSync(file, `site: { name: x }\n${areas}${line}${meters}`);
    const { run, out } = cliBench();
    expect(await run('check', file)).toBe(1);
    expect(out.filter((each) => each.startsWith(`${file}:`)).length).toBeGreaterThanOrEqual(3);
    expect(out.join('\n')).toMatch(/bad\.yaml:7: .*nope/);
    expect(out.join('\n')).toMatch(/bad\.yaml:8: meters\[1\]\.id/);
  });
});
