import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildDistrict } from '../../simulators/district/build.ts';
import { type PtyLine, startPtyBus } from '../../simulators/lines/pty-bus.ts';
import { startModbusTcpServer, type TcpLine } from '../../simulators/lines/tcp-server.ts';
import { World } from '../../simulators/world/world.ts';
import { at } from '../support/plan.ts';
import { MISSING } from './slaves.ts';

const UNIT = 1;
const ENDS_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'meterway-mbpoll-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What mbpoll prints for one question to one unit, and whether it was content. */
function mbpoll(...args: readonly string[]): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    // One question, addresses from 0, high word first.
    execFile('mbpoll', ['-1', '-0', '-B', '-o', '3', ...args], { timeout: ENDS_MS }, (error, stdout, stderr) =>
      resolve({ ok: error === null, said: stdout + stderr }),
    );
  });
}

/** `[72]: 	1234.5` by address. */
function numbersIn(said: string): Map<number, number> {
  return new Map(
    [...said.matchAll(/^\[(\d+)\]:\s+(\S+)/gm)].map(([, address, value]) => [Number(address), Number(value)]),
  );
}

/** A simulated line whose time stands still, and how mbpoll gets there. */
async function startLine(medium: 'rtu' | 'tcp'): Promise<{ world: World; now: number; way: readonly string[] }> {
  const now = at('2026-11-20', '12:00:00');
  const kind = medium === 'rtu' ? 'modbus-rtu-pty' : 'modbus-tcp';
  const timing = { baudRate: null, replyDelayMs: [0, 0] } as const;
  const world = new World(buildDistrict({ areas: [{ id: 'A1', lines: [{ id: 'L1', kind, customers: 1, timing }] }] }));
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  };
  const options = { world, line: 'L1', clock: { now: () => now, after } };
  const line: PtyLine | TcpLine =
    medium === 'rtu' ? await startPtyBus({ ...options, folder }) : await startModbusTcpServer(options);
  onTestFinished(() => line.close());
  const way =
    'port' in line
      ? ['-m', 'tcp', '-p', String(line.port), '127.0.0.1']
      : ['-m', 'rtu', '-b', '9600', '-P', 'none', line.path];
  return { world, now, way };
}

describe.skipIf(MISSING.mbpoll !== null)('mbpoll', () => {
  for (const medium of ['tcp', 'rtu'] as const) {
    it(`reads from our simulator over ${medium} what the simulated meter shows`, async () => {
      const { world, now, way } = await startLine(medium);
      const meter = world.metersOn('L1').find(({ spec }) => spec.address === String(UNIT));
      if (!meter) throw new Error('no unit 1');
      const { voltagesV, frequencyHz, importWh, exportWh } = meter.registers(now);
      const ask = (address: number, count: number) =>
        mbpoll('-a', String(UNIT), '-t', '3:float', '-r', String(address), '-c', String(count), ...way);

      const volts = await ask(0, 1);
      expect(volts.ok, volts.said).toBe(true);
      expect(numbersIn(volts.said).get(0)).toBeCloseTo(voltagesV[0] ?? Number.NaN, 2);

      const energies = numbersIn((await ask(70, 3)).said);
      expect(energies.get(70)).toBeCloseTo(frequencyHz, 2);
      expect(energies.get(72)).toBeCloseTo(importWh / 1000, 1);
      expect(energies.get(74)).toBeCloseTo(exportWh / 1000, 1);
    });

    it(`understands over ${medium} that our simulator has no such register`, async () => {
      const { way } = await startLine(medium);
      const { ok, said } = await mbpoll('-a', String(UNIT), '-t', '3:float', '-r', '5000', '-c', '1', ...way);
      expect(ok).toBe(false);
      expect(said).toContain('Illegal data address');
    });
  }
});
