import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../simulators/dlt645/frame.ts';
import { number, parse } from './support/read645.ts';

const MAIN = fileURLToPath(new URL('../../simulators/main.ts', import.meta.url));
const ANCHOR = '2026-11-20T10:20:30+08:00';
const ID = '310001000001';

interface Ready {
  readonly siteFile: string;
  readonly controlPort: number;
  readonly meters: number;
  readonly anchor: number;
  readonly lines: Readonly<Record<string, { readonly port?: number; readonly path?: string }>>;
}

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulators-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

function run(args: readonly string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    text += String(chunk);
  });
  return { child, output: () => text };
}

async function started(args: readonly string[] = []): Promise<Ready & { child: ChildProcess }> {
  const { child, output } = run(['--state-dir', folder, ...args]);
  const ready = (): string | undefined =>
    output()
      .split('\n')
      .find((line) => line.includes('"msg":"ready"'));
  await expect.poll(ready, { timeout: 15_000, interval: 20 }).toBeDefined();
  return { child, ...(JSON.parse(ready() ?? '') as Ready) };
}

async function importKwh(port: number): Promise<number | null> {
  const socket = connect(port, '127.0.0.1');
  socket.write(encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(1, 1, 6, 5) }));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return number(parse(reply).data.slice(4, 8), 2);
}

async function stopped(child: ChildProcess, stop: () => void): Promise<{ code: number | null; tookMs: number }> {
  const from = Date.now();
  const exit = once(child, 'exit');
  stop();
  const [code] = (await exit) as [number | null];
  return { code, tookMs: Date.now() - from };
}

describe('the simulator program', () => {
  it('serves its district, and the same one on the same ports after a restart', async () => {
    const site = join(folder, 'here', 'site.yaml');
    const first = await started(['--anchor', ANCHOR, '--site-file', site]);
    expect(first).toMatchObject({ siteFile: site, meters: 306, anchor: Date.parse(ANCHOR) });
    expect(Object.keys(first.lines)).toHaveLength(7);
    const before = readFileSync(site, 'utf8');
    const port = first.lines['J-0101']?.port ?? 0;
    const kwh = await importKwh(port);
    const control = `http://127.0.0.1:${first.controlPort}/faults/mine`;
    const body = JSON.stringify({ kind: 'dead', target: { meter: '310001000002' } });
    expect((await fetch(control, { method: 'PUT', body })).status).toBe(200);
    expect(existsSync(first.lines['RTU-A5']?.path ?? '')).toBe(true);
    expect(await stopped(first.child, () => first.child.kill('SIGKILL'))).toMatchObject({ code: null });

    const second = await started(['--site-file', site]);
    expect(second.lines).toEqual(first.lines);
    expect(second.anchor).toBe(first.anchor);
    expect(readFileSync(site, 'utf8')).toBe(before);
    expect(await importKwh(port)).toBe(kwh);
    const faults = await (await fetch(`http://127.0.0.1:${second.controlPort}/faults`)).json();
    expect(faults).toContainEqual(expect.objectContaining({ id: 'mine', active: true }));
    const end = await stopped(second.child, () => second.child.kill('SIGTERM'));
    expect(end.code).toBe(0);
    expect(end.tookMs).toBeLessThan(1_000);
  });

  it('serves the mixed district when asked to, also after a restart, and no other one then', async () => {
    const first = await started(['--scenario', 'mixed']);
    expect(Object.keys(first.lines)).toEqual(['T-0101', 'J-0104', 'J-0105', 'GW-X5', 'T-0102', 'T-0103']);
    await stopped(first.child, () => first.child.kill('SIGTERM'));
    const second = await started();
    expect(second.lines).toEqual(first.lines);
    await stopped(second.child, () => second.child.kill('SIGTERM'));
    const third = run(['--state-dir', folder, '--scenario', 'default']);
    expect(((await once(third.child, 'close')) as [number])[0]).toBe(2);
    expect(third.output()).toContain('is the mixed one');
  });

  it('ends when its supervisor is gone', async () => {
    const { child } = await started();
    const end = await stopped(child, () => child.disconnect());
    expect(end.code).toBe(0);
  });

  it('refuses a bad option, or another seed than the one of the state, with code 2', async () => {
    const { child } = await started(['--seed', '7']);
    await stopped(child, () => child.kill('SIGTERM'));
    for (const [args, message] of [
      [['--seed', '8'], 'has the seed 7'],
      [['--frog'], "Unknown option '--frog'"],
    ] as const) {
      const again = run(['--state-dir', folder, ...args]);
      const [code] = (await once(again.child, 'close')) as [number];
      expect(code).toBe(2);
      expect(again.output()).toContain(message);
    }
  });
});
