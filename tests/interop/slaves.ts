import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, isAlive } from '../support/standalone.ts';

/** The interpreter for which Debian's packages are installed; another one may come first on the PATH. */
const PYTHON = '/usr/bin/python3';
const HERE = new URL('./', import.meta.url).pathname;

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Why a program of Debian's cannot be used here, or null. On a machine of CI none may be missing. */
function missing(what: string, isThere: boolean): string | null {
  if (!isThere && process.env['CI'] === 'true') throw new Error(`${what} is missing; CI must have it`);
  return isThere ? null : what;
}

const socat = missing('socat', works('socat', '-V'));

/** Packages without which the tests with this program are skipped, or null when all are there. */
export const MISSING = {
  libmodbus:
    socat ??
    missing(
      'libmodbus-dev, gcc, pkg-config',
      works('gcc', '--version') && works('pkg-config', '--exists', 'libmodbus'),
    ),
  pymodbus:
    socat ??
    missing('python3-pymodbus, python3-serial-asyncio', works(PYTHON, '-c', 'import pymodbus, serial_asyncio')),
  mbpoll: missing('mbpoll', spawnSync('mbpoll', ['-h']).error === undefined),
} as const;

/** Compiles the slave on libmodbus; returns its path. */
export function compileLibmodbusSlave(folder: string): string {
  const program = join(folder, 'libmodbus-slave');
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libmodbus'], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-o', program, join(HERE, 'libmodbus-slave.c'), ...flags]);
  return program;
}

/** Where a slave is reached: the port it listens on, or the serial port it opens. */
export interface Place {
  readonly medium: 'rtu' | 'tcp';
  readonly at: string;
}

/** A slave that is running. */
export class Slave {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Starts it and waits until it answers. */
  static async start(command: string, args: readonly string[], image: ReadonlyMap<number, number>): Promise<Slave> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ready = new Promise<boolean>((resolve) => {
      createInterface({ input: child.stdout }).once('line', (line) => resolve(line === 'ready'));
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(`${[...image].map(([address, word]) => `${address} ${word}\n`).join('')}end\n`);
    if (!(await ready)) throw new Error(`cannot start ${command}: ${said}`);
    return new Slave(child);
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

/** A slave on libmodbus: it has all registers from the first to the last of its image. */
export function startLibmodbus(
  program: string,
  { medium, at }: Place,
  meter: { unit: number; functionCode: number; image: ReadonlyMap<number, number> },
): Promise<Slave> {
  const addresses = [...meter.image.keys()];
  const first = Math.min(...addresses);
  const range = [first, Math.max(...addresses) - first + 1];
  return Slave.start(program, [medium, at, meter.unit, meter.functionCode, ...range].map(String), meter.image);
}

/** A slave on pymodbus: it has the registers of its image and no others. */
export function startPymodbus(
  { medium, at }: Place,
  meter: { unit: number; functionCode: number; image: ReadonlyMap<number, number> },
): Promise<Slave> {
  const args = [join(HERE, 'pymodbus-slave.py'), medium, at, String(meter.unit), String(meter.functionCode)];
  return Slave.start(PYTHON, args, meter.image);
}

/** Two serial ports that are connected with each other. */
export interface PtyPair {
  readonly ours: string;
  readonly theirs: string;
  close(): Promise<void>;
}

export async function openPtyPair(folder: string): Promise<PtyPair> {
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const pty = (link: string): string => `pty,raw,echo=0,link=${link}`;
  const child = spawn('socat', [pty(ours), pty(theirs)], { stdio: 'ignore' });
  await eventually('a pair of serial ports', 10_000, () => existsSync(ours) && existsSync(theirs));
  return {
    ours,
    theirs,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      if (child.pid !== undefined && isAlive(child.pid)) await ended;
    },
  };
}
