import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '#contract/plan.ts';

const END_MS = 20_000;

/** The collector's own program, on a data folder that goes with it. */
export class CollectorProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts it at the broker that has its plan; resolves when it is ready. */
  static async start(
    brokerPort: number,
    { collector, district }: Pick<Plan, 'collector' | 'district'>,
  ): Promise<CollectorProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('METERWAY_'));
    const child = fork(new URL('../../../collector/main.ts', import.meta.url), [], {
      env: {
        ...Object.fromEntries(own),
        METERWAY_MQTT_URL: `mqtt://127.0.0.1:${brokerPort}`,
        METERWAY_DATA_DIR: folder,
        METERWAY_DISTRICT: district,
        METERWAY_COLLECTOR_ID: collector,
        METERWAY_SIMULATION: 'true',
        METERWAY_LOG_LEVEL: 'error',
      },
    });
    const started = new CollectorProcess(child, folder);
    const [why] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (typeof why !== 'object' || why === null) throw new Error(`the collector ended with code ${String(why)}`);
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws when it has ended by itself. */
  mustRun(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`the collector ended with ${exitCode ?? signalCode}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
