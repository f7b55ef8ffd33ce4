import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { Ended } from './standalone.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/**
 * One of our programs as a child of the test, started as often as the test likes. It ends by itself when the test is
 * gone. What it writes goes to a file that outlives it.
 */
export class ChainProcess {
  readonly name: string;
  readonly #entry: string;
  readonly #logPath: string;
  #process: ChildProcess | null = null;
  #ended: Promise<Ended> = Promise.resolve({ code: 0, signal: null });
  #ready: Promise<boolean> = Promise.resolve(false);

  constructor(name: string, entry: string, logPath: string) {
    this.name = name;
    this.#entry = entry;
    this.#logPath = logPath;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Resolves when the process is gone, at once when there is none. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves with true when it says that it is at work, with false when it ends before. */
  get ready(): Promise<boolean> {
    return this.#ready;
  }

  /** Everything that it has written, in all its lives. */
  get log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, 'utf8') : '';
  }

  start(env: Readonly<Record<string, string>>): void {
    if (this.#process) throw new Error(`${this.name} is running already`);
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METERWAY_')));
    const log = openSync(this.#logPath, 'a');
    const child = spawn(process.execPath, [this.#entry], {
      cwd: ROOT,
      env: { ...own, ...env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#process = null;
        resolve({ code, signal });
      });
    });
    this.#ready = new Promise((resolve) => {
      child.once('message', () => resolve(true));
      child.once('exit', () => resolve(false));
    });
  }

  /** Resolves with how it ended. */
  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#process?.kill(signal);
    return this.#ended;
  }
}

/** Rejects when the work takes longer. */
export function withDeadline<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${ms / 1000} s: ${what}`)), ms);
    void work.finally(() => clearTimeout(timer));
  });
  return Promise.race([work, late]);
}
