import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CENTRE_COMMANDS } from '#contract/centre-commands.ts';
import { programVersion } from '#platform/program-version.ts';

const BIN = new URL('../../../gateway/cli/bin.js', import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

function start(args: readonly string[], input = ''): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: 'pipe' });
  running.add(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, out, err });
    }),
  );
  return { child, ended };
}

describe('the command meterway', () => {
  it('tells its version', async () => {
    expect(await start(['--version']).ended).toEqual({ code: 0, out: `${programVersion()}\n`, err: '' });
  });

  it.each([[['--help']], [[]]])('%j lists the commands of the field and of the centre together', async (argv) => {
    const { out, err } = await start(argv).ended;
    const names = [...(out + err).matchAll(/^ {2}(\w+)\b.* {2}\w/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['read', 'profiles', ...CENTRE_COMMANDS.map(({ name }) => name)]));
  });

  it('carries out the commands of the centre, and help on them', async () => {
    const { code, out } = await start(['help', 'restore']).ended;
    expect(out).toMatch(/^Usage: meterway restore \[options\] <backup>/);
    expect(code).toBe(0);
    expect(await start(['restore', '/nowhere']).ended).toMatchObject({ code: 2, out: '' });
  });

  it('passes standard input and exit code through', async () => {
    const { code, out } = await start(['decode'], '01 03 04 00 01 00 02 2A 33\n').ended;
    expect(out).toMatch(/Modbus RTU/);
    expect(code).toBe(1);
  });

  it('has the gateway check a site file before a line is opened', async () => {
    const { code, out } = await start(['check', 'gateway/site.example.yaml']).ended;
    expect(out).toMatch(/line rs485 needs/);
    expect(code).toBe(0);
  });

  it('closes its line and ends at the first Ctrl-C', async () => {
    let hasConnection = (): void => {};
    const connected = new Promise<void>((resolve) => {
      hasConnection = resolve;
    });
    let isClosed = false;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('close', () => {
        isClosed = true;
      });
      socket.once('data', hasConnection);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const { child, ended } = start([
      'scan',
      '--tcp',
      `127.0.0.1:${port}`,
      '--protocols',
      'modbus-tcp',
      '--timeout-ms',
      '60000',
    ]);
    await connected;
    child.kill('SIGINT');
    const { code, err } = await ended;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(err).toMatch(/stopped before the end/);
    expect(code).toBe(1);
    expect(isClosed).toBe(true);
  });
});
