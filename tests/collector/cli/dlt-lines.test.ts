import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistrictPlan } from '../../../simulators/district/build.ts';
import { meterId } from '../../../simulators/district/build.ts';
import { AT_ONCE, NOW } from '../../simulators/support/small-world.ts';
import { type SimLines, startSimLines } from '../../support/sim-lines.ts';
import { cliBench } from './cli-bench.ts';

const MIXED = ['dlt645-1ph', 'dlt698-1ph', 'dlt645-1997-1ph'] as const;
/** Each command hangs up at its end, and the next one waits for the terminal to call again. */
const CALLS = { timing: AT_ONCE, terminal: { backOffMs: [50, 100] } } as const;
const DISTRICT: DistrictPlan = {
  areas: [
    { id: 'A1', lines: [{ id: 'ONE', kind: 'dlt698-pty', customers: 0, timing: AT_ONCE }] },
    { id: 'A2', lines: [{ id: 'BUS', kind: 'dlt645-tcp', customers: 3, models: MIXED, timing: AT_ONCE }] },
    { id: 'A3', lines: [{ id: 'TERM', kind: 'gdw376-tcp', customers: 3, models: MIXED, timing: AT_ONCE }] },
    { id: 'A4', lines: [{ id: 'CALLS', kind: 'gdw376-dial-in', customers: 2, models: MIXED, ...CALLS }] },
    { id: 'A5', lines: [{ id: 'CALLS698', kind: 'dlt698-dial-in', customers: 1, ...CALLS }] },
  ],
};

let folder = '';
let lines: SimLines;
let site = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meterway-cli-'));
  lines = await startSimLines(DISTRICT, { now: NOW });
  site = join(folder, 'site.yaml');
  writeFileSync(site, lines.siteText);
});
afterAll(async () => {
  await lines.close();
  rmSync(folder, { recursive: true, force: true });
});

function importOf(meter: string): number {
  return lines.world.find(meter)?.registers(NOW).importWh ?? Number.NaN;
}

const METERS: readonly (readonly [string, string, string])[] = [
  ['a DL/T 698.45 meter', meterId(2, 2), '00100201'],
  ['a DL/T 645-1997 meter', meterId(2, 3), '9010'],
  ['a DL/T 645-2007 meter behind a terminal', meterId(3, 1), '00010000'],
  ['a DL/T 698.45 meter behind a terminal', meterId(3, 2), '00100201'],
  ['a DL/T 645-1997 meter behind a terminal', meterId(3, 3), '9010'],
  ['a DL/T 645-2007 meter behind a terminal that calls', meterId(4, 1), '00010000'],
  ['a DL/T 698.45 meter of a terminal that calls', meterId(5, 1), '00100201'],
];

describe('meterway read', () => {
  it.each(METERS)('reads %s of a site file', async (_, meter) => {
    const { run, out } = cliBench({ now: NOW });
    const items = ['--items', 'energy_import_wh', '--json'];
    expect(await run('read', '--site', site, '--meter', meter, ...items)).toBe(0);
    const { values } = JSON.parse(out.join('')) as { values: Record<string, number> };
    expect(Math.abs((values['energy_import_wh'] ?? 0) - importOf(meter))).toBeLessThanOrEqual(10);
  });

  it.each(METERS)('reads one item of %s by its number', async (_, meter, di) => {
    const { run, out, notes } = cliBench({ now: NOW });
    expect(await run('read', '--site', site, '--meter', meter, '--di', di, '--trace')).toBe(0);
    const kwh = Math.floor(importOf(meter) / 1000);
    expect(out.join('\n')).toMatch(new RegExp(`\\b${kwh}[.\\d]`));
    expect(notes.join('\n')).toMatch(/->[\s\S]*<-/);
  });
});

describe('meterway scan', () => {
  const found = async (...argv: string[]): Promise<string[]> => {
    const { run, out } = cliBench({ now: NOW });
    await run('scan', '--timeout-ms', '200', '--json', ...argv);
    const result = JSON.parse(out.join('')) as { found: { address: string; protocol: string }[] };
    return result.found.map(({ address, protocol }) => `${protocol} ${address}`);
  };

  it('finds a lone DL/T 698.45 meter by the address that is open', async () => {
    expect(await found('--site', site, '--line', 'ONE', '--protocols', 'dlt698')).toEqual(['dlt698 310001900001']);
  });

  it('finds it among meters of other protocols on one bus', async () => {
    expect(await found('--site', site, '--line', 'BUS', '--protocols', 'dlt698')).toEqual(['dlt698 310002000002']);
  });

  it.each([
    ['BUS', '2', 3],
    ['TERM', '3', 3],
    ['CALLS', '4', 2],
  ])('finds the meters of every protocol in a range: line %s', async (line, area, customers) => {
    const ids = Array.from({ length: customers }, (_, i) => `31000${area}00000${i + 1}`);
    const range = ['--from', ids[0] ?? '', '--to', ids.at(-1) ?? ''];
    const expected = ids.map((id, i) => `${MIXED[i]?.replace('-1ph', '')} ${id}`);
    expect((await found('--site', site, '--line', line, '--all', ...range)).toSorted()).toEqual(expected.toSorted());
  });
});
