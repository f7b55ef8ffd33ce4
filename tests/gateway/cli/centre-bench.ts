import { spawn } from 'node:child_process';
import { systemClock } from '#platform/clock.ts';
import type { Centre } from '../../../gateway/cli/centre/context.ts';
import { run } from '../../../gateway/cli/centre/run.ts';

const CLI = new URL('../../../gateway/cli.ts', import.meta.url).pathname;

export interface CentreBench {
  readonly centre: Centre;
  /** Results, and remarks, as they were written. */
  readonly out: string[];
  readonly notes: string[];
  /** Runs one command line in this process and resolves with its exit code. */
  run(...argv: string[]): Promise<number>;
  stop(): void;
}

/** The centre's commands in this process, with these settings and no others. */
export function centreBench(environment: Readonly<Record<string, string>> = {}): CentreBench {
  const out: string[] = [];
  const notes: string[] = [];
  const abort = new AbortController();
  const centre: Centre = {
    terminal: {
      out: (text) => void out.push(text),
      note: (text) => void notes.push(text),
      redraw: () => {},
      isLive: false,
      columns: 80,
    },
    environment,
    signal: abort.signal,
    clock: systemClock,
  };
  return { centre, out, notes, run: (...argv) => run(centre, argv), stop: () => abort.abort() };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The command as a process of its own: for what kills it, and for locks, which hold between processes only. */
export function meterway(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METERWAY_')));
  const child = spawn(process.execPath, [CLI, ...argv], { env: { ...own, ...environment }, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdin.end();
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })));
}
