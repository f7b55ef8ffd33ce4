import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashApiKey, newApiKey } from '#platform/api-key.ts';
import { loadSettings } from '#platform/settings/load.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import { openFigures, openState } from '#stores/open-stores.ts';
import type { StateStore } from '#stores/state-store.ts';
import { FREEZE_TASK } from '../../support/generated-district/rows.ts';
import { freePort } from '../../support/standalone.ts';
import { processUse } from '../kit/process-use.ts';
import { Child, NotWithin, within } from './child.ts';
import { HttpClient } from './client.ts';
import { type District, FIRST_DAY, lookedAt, planOf } from './made-district.ts';

const LOOK_MS = 200;
/** Below this share of one core a process counts as resting. */
const RESTING = 0.1;
const REST_MS = 3000;

/** Figures process and API of the product on the folder of a district. The wall clock stands at its newest day. */
export class Programs {
  readonly #district: District;
  readonly #day: number;
  readonly #profiles: string | undefined;
  readonly #state: StateStore;
  readonly #figures: FiguresStore;
  readonly #children: Child[] = [];
  readonly #clients: HttpClient[] = [];

  private constructor(
    district: District,
    day: number,
    profiles: string | undefined,
    stores: { readonly state: StateStore; readonly figures: FiguresStore },
  ) {
    this.#district = district;
    this.#day = day;
    this.#profiles = profiles;
    this.#state = stores.state;
    this.#figures = stores.figures;
  }

  /** `day` of the plan is the newest one. `profiles`: folder for profiles of the processor. */
  static async open(district: District, day: number, profiles?: string): Promise<Programs> {
    const settings = loadSettings({ METERWAY_DATA_DIR: district.folder });
    mkdirSync(logFolder(district), { recursive: true });
    const state = await openState(settings, { beside: true });
    const figures = await openFigures(settings, { readOnly: true });
    return new Programs(district, day, profiles, { state, figures });
  }

  async startFigures(seconds: number): Promise<Child> {
    const child = this.#start('figures', 'gateway/figures/main.ts', {
      METERWAY_KEEP_FIGURES_DAYS: String(this.#day - FIRST_DAY),
    });
    await within(seconds, 'the start of the figures process', child.message());
    return child;
  }

  async startApi(seconds: number): Promise<{ readonly child: Child; readonly client: HttpClient }> {
    const key = newApiKey();
    const now = Date.now();
    await this.#state.keys.add({
      id: randomUUID(),
      name: 'bench',
      hash: hashApiKey(key),
      createdAt: now,
      revokedAt: null,
    });
    const child = this.#start('api', 'api/main.ts', {
      METERWAY_API_PORT: String(await freePort()),
      METERWAY_API_RATE_PER_MINUTE: '1000000',
    });
    const { ready } = await within(seconds, 'the start of the API', child.message<{ ready: { url: string } }>());
    const client = new HttpClient(`${ready.url}/api/v1`, key);
    this.#clients.push(client);
    return { child, client };
  }

  async startBare(): Promise<HttpClient> {
    const child = new Child('tests/bench/figures/bare-server.ts', { log: this.#logOf('bare') });
    this.#children.push(child);
    const { ready } = await within(30, 'the start of the bare server', child.message<{ ready: { port: number } }>());
    const client = new HttpClient(`http://127.0.0.1:${ready.port}`);
    this.#clients.push(client);
    return client;
  }

  /** Resolves when these dates are kept, and everything that the feed has told by now. */
  async keptUpTo(dates: readonly string[], child: Child, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    // Estimates are told in it, too: it may grow for long.
    const { newest } = await this.#state.feed.range();
    for (;;) {
      if (!child.isRunning) await child.message();
      const kept = new Set((await this.#figures.days(FREEZE_TASK)).map(({ date }) => date));
      const position = await this.#figures.position();
      if (position !== null && position >= newest && dates.every((date) => kept.has(date))) return;
      if (performance.now() > end) {
        const missing = dates.filter((date) => !kept.has(date)).join(', ') || 'no day';
        throw new NotWithin(seconds, `figures are at ${position} of ${newest} in the feed, ${missing} missing`);
      }
      await sleep(LOOK_MS);
    }
  }

  /**
   * Waits until a process has nothing to do any more, or the time is over. Gives what it takes then, in seconds of CPU a
   * second: that is not what a row costs.
   */
  async resting({ pid }: Child, seconds: number): Promise<number> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const [before, from] = [processUse(pid).cpuS, performance.now()];
      await sleep(REST_MS);
      const share = ((processUse(pid).cpuS - before) * 1000) / (performance.now() - from);
      if (share < RESTING || performance.now() > end) return share;
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#children.map((child) => child.stop()));
    await this.#figures.close();
    await this.#state.close();
  }

  #start(name: string, file: string, env: Readonly<Record<string, string>>): Child {
    const offsetMs = Math.round(lookedAt(planOf(this.#district), this.#day) - Date.now());
    const common = {
      METERWAY_DATA_DIR: this.#district.folder,
      METERWAY_SIMULATION: 'true',
      METERWAY_CLOCK_OFFSET_MS: String(offsetMs),
      METERWAY_LOG_LEVEL: 'info',
    };
    const profile = this.#profiles === undefined ? {} : { profile: this.#profiles };
    const child = new Child(file, { env: { ...common, ...env }, ...profile, log: this.#logOf(name) });
    this.#children.push(child);
    return child;
  }

  #logOf(name: string): string {
    return join(logFolder(this.#district), `${name}.log`);
  }
}

export function logFolder({ folder }: District): string {
  return join(folder, 'logs');
}

/** The most that a process has from now on becomes its peak; where the kernel knows no such thing, it stays. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The peak since its start is more than was asked for, not less.
  }
}
