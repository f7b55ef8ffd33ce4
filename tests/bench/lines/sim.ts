import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DistrictPlan } from '../../../simulators/district/build.ts';
import type { Endpoint } from '../../../simulators/district/site-file.ts';
import type { SimOrder, SimReady, SimStats } from './sim-process.ts';

const END_MS = 3000;

/** Simulated lines in a child process. */
export class Sim {
  readonly siteText: string;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, ready: SimReady) {
    this.#child = child;
    this.#folder = folder;
    this.siteText = ready.siteText;
    this.endpoints = new Map(ready.endpoints);
  }

  static async start(district: DistrictPlan, dead: readonly string[] = []): Promise<Sim> {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
    const order: SimOrder = { district, dead, ptyFolder: folder };
    const child = fork(new URL('./sim-process.ts', import.meta.url), [JSON.stringify(order)]);
    const [ready] = (await Promise.race([once(child, 'message'), endOf(child)])) as [SimReady];
    return new Sim(child, folder, ready);
  }

  /** What the lines have carried so far. */
  async stats(): Promise<SimStats> {
    const answer = once(this.#child, 'message');
    this.#child.send('stats');
    const [stats] = (await answer) as [SimStats];
    return stats;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(late);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function endOf(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`the simulated lines could not be started: their process ended with code ${code}`);
}
