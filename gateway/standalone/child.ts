import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '#platform/clock.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { backoff } from '#platform/retry.ts';

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  /** Asked before each start: later starts may know more. */
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly onLine: (name: string, line: string) => void;
  /** A message for the operator. */
  readonly onNote: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly onReady: (info: Readonly<Record<string, unknown>>) => void;
  readonly onChange: () => void;
  /** The child says that another start would end the same way, and no start of it has ever come so far as ready. */
  readonly onHopeless: (name: string) => void;
  readonly clock: Clock;
}

/** A child that lived this long is no longer in a crash loop. */
const STEADY_MS = 10_000;

/**
 * One program as a child process in a process group of its own, so that Ctrl-C reaches only the supervisor and the
 * order of stopping is kept. It is restarted with growing waits until it is told to stop.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #stopping = false;
  #wasReady = false;
  #waits = backoff({ firstMs: 1000, capMs: 30_000, jitter: 0 });
  #startedAt = 0;
  #cancelRestart: () => void = () => {};

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  start(): void {
    const { name, args, env, onLine, onReady, onChange, clock } = this.#options;
    this.#startedAt = clock.mono();
    const child = spawn(process.execPath, [...args], {
      env: { ...env() },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => onLine(name, line));
    }
    child.on('message', (message) => {
      const ready = message !== null && typeof message === 'object' && 'ready' in message ? message.ready : null;
      if (ready === null || typeof ready !== 'object') return;
      this.#wasReady = true;
      onReady({ ...ready });
    });
    child.on('error', (error) => {
      // Without a process there is no exit either: too many of them, or no memory, may pass.
      if (child.pid === undefined) this.#ended(`cannot be started: ${error.message}`, null);
      else this.#options.onNote('error', `${name} cannot be reached: ${error.message}`);
    });
    child.on('exit', (code, signal) =>
      this.#ended(signal ? `was ended by ${signal}` : `ended with code ${code}`, code),
    );
    onChange();
  }

  /** Asks the child to end, then ends it; resolves when it is gone. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(`stop ${this.name}`, deadlineMs, () => {
        this.#options.onNote('warn', `${this.name} did not stop in ${deadlineMs} ms and is killed`);
        child.kill('SIGKILL');
      });
      child.once('exit', () => {
        cancel();
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  #ended(how: string, code: number | null): void {
    const { name, clock, onNote, onChange, onHopeless } = this.#options;
    this.#process = null;
    onChange();
    if (this.#stopping) return;
    if (code === EXIT.usage && !this.#wasReady) {
      onHopeless(name);
      return;
    }
    if (clock.mono() - this.#startedAt > STEADY_MS) this.#waits = backoff({ firstMs: 1000, capMs: 30_000, jitter: 0 });
    const waitMs = this.#waits.next().value;
    const odd = code === EXIT.usage ? ', as one that no restart can mend, but it has run before' : '';
    onNote('error', `${name} ${how}${odd}; it is started again in ${waitMs / 1000} s`);
    this.#cancelRestart = clock.after(`restart ${name}`, waitMs, () => this.start());
  }
}
