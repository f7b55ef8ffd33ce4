import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of ours as a child process, with everything it wrote. */
export class Program {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METERWAY_')));
    this.process = spawn(process.execPath, [...args], {
      cwd: ROOT,
      env: { ...own, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.ended = new Promise((resolve) => {
      this.process.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until the condition gives something other than null, undefined or false. */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  condition: () => Promise<T | null | false | undefined> | T | null | false | undefined,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await condition();
    if (found !== null && found !== false && found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** `npm start` on a temporary data folder and a free port. */
export class Standalone {
  readonly dataDir: string;
  readonly port: number;
  readonly program: Program;
  readonly #own: boolean;

  private constructor(dataDir: string, port: number, program: Program, own: boolean) {
    this.dataDir = dataDir;
    this.port = port;
    this.program = program;
    this.#own = own;
  }

  static async start(
    options: { dataDir?: string; env?: Record<string, string>; args?: readonly string[] } = {},
  ): Promise<Standalone> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'meterway-system-'));
    const port = await freePort();
    const args = ['gateway/standalone.ts', '--data-dir', dataDir, '--port', String(port), ...(options.args ?? [])];
    return new Standalone(dataDir, port, new Program(args, options.env ?? {}), options.dataDir === undefined);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the supervisor tells of itself: process ids by name, and ports. */
  get run(): Record<string, number | null> {
    const path = join(this.dataDir, 'run.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, number | null>) : {};
  }

  /** Process ids by name. */
  get pids(): Record<string, number> {
    const pids = Object.entries(this.run).filter(([name, pid]) => typeof pid === 'number' && !name.endsWith('Port'));
    return Object.fromEntries(pids) as Record<string, number>;
  }

  /** JSON of an API path, or null while the API does not answer with 200. */
  async get<T>(path: string): Promise<T | null> {
    const text = await this.text(path);
    return text === null ? null : (JSON.parse(text) as T);
  }

  /** What every request to the API says of who asks. Throws before the key is there. */
  get authorization(): string {
    return `Bearer ${readFileSync(join(this.dataDir, 'admin-key'), 'utf8').trim()}`;
  }

  /** The answer to an API path as it came, or null while the API does not answer with 200. */
  async text(path: string): Promise<string | null> {
    try {
      const { authorization } = this;
      const response = await fetch(`${this.url}/api/v1${path}`, { headers: { authorization } });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }

  /** Stops it as Ctrl-C does and resolves with how it ended. */
  async stop(): Promise<Ended> {
    this.program.process.kill('SIGINT');
    return this.program.ended;
  }

  /** For afterEach: nothing is left, however the test ended. */
  async clean(): Promise<void> {
    const pids = Object.entries(this.pids);
    if (this.program.isRunning) {
      this.program.process.kill('SIGTERM');
      const late = setTimeout(() => this.program.process.kill('SIGKILL'), 8000);
      await this.program.ended;
      clearTimeout(late);
    }
    for (const [name, pid] of pids) if (name !== 'supervisor' && isAlive(pid)) process.kill(pid, 'SIGKILL');
    if (this.#own) rmSync(this.dataDir, { recursive: true, force: true });
  }
}
