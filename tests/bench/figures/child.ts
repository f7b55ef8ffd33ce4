import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const END_MS = 30_000;
const running = new Set<ChildProcess>();
// Whatever ends the benchmark, none of its processes outlives it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Work that took longer than it may. */
export class NotWithin extends Error {
  constructor(seconds: number, what: string) {
    super(`not within ${seconds.toLocaleString('en')} s${what === '' ? '' : `: ${what}`}`);
  }
}

export function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NotWithin(seconds, what)), seconds * 1000);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Heap that it may use, MB. */
  readonly heapMb?: number;
  /** Folder for its processor profile. */
  readonly profile?: string;
  /** What it writes goes to this file. */
  readonly log: string;
}

/** A process of the benchmark, or one of the programs that it measures. */
export class Child {
  readonly #process: ChildProcess;
  readonly #messages: unknown[] = [];
  readonly #log: string;
  #changed = Promise.withResolvers<void>();

  /** `file` from the root of the project. */
  constructor(file: string, { args = [], env = {}, heapMb, profile, log }: ChildOptions) {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('METERWAY_'));
    const execArgv = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
    if (profile !== undefined) execArgv.push('--cpu-prof', `--cpu-prof-dir=${profile}`);
    const output = openSync(log, 'a', 0o600);
    this.#log = log;
    this.#process = fork(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), args, {
      env: { ...Object.fromEntries(own), ...env },
      execArgv,
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    running.add(this.#process);
    this.#process.on('message', (message) => {
      this.#messages.push(message);
      this.#wake();
    });
    this.#process.once('exit', () => {
      running.delete(this.#process);
      this.#wake();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isRunning(): boolean {
    return running.has(this.#process);
  }

  /** Its next message; rejects when it ends without one. */
  async message<T>(): Promise<T> {
    for (;;) {
      if (this.#messages.length > 0) return this.#messages.shift() as T;
      if (!this.isRunning) throw new Error(`a process ended with ${this.#end}: ${this.#lastLine}`);
      await this.#changed.promise;
    }
  }

  send(message: string): void {
    this.#process.send(message);
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#process.once('exit', () => resolve());
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(late);
  }

  get #end(): string {
    return String(this.#process.exitCode ?? this.#process.signalCode);
  }

  get #lastLine(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-6).join(' ').slice(-600);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Runs a step of the benchmark in a process of its own, so that its memory goes with it; gives what it tells. */
export async function step<T>(file: string, seconds: number, options: ChildOptions): Promise<T> {
  const child = new Child(file, options);
  try {
    return await within(seconds, '', child.message<T>());
  } finally {
    await child.stop();
  }
}
