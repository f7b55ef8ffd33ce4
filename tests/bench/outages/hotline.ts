import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashApiKey, newApiKey } from '#platform/api-key.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openState } from '#stores/open-stores.ts';
import { freePort } from '../../support/standalone.ts';
import { Child, within } from '../figures/child.ts';
import { HttpClient } from '../figures/client.ts';
import { accountNo } from './storm.ts';

const EVERY_MS = 40;
/** The first ones warm up what is read at first use. */
const WARM_UPS = 20;

/** The API of the product on a data folder, and somebody who asks it about one customer after the other. */
export class Hotline {
  readonly #data: string;
  readonly #customers: number;
  readonly #log: string;
  #api: Child | null = null;
  #client: HttpClient | null = null;

  constructor(data: string, customers: number, log: string) {
    this.#data = data;
    this.#customers = customers;
    this.#log = log;
  }

  async start(): Promise<void> {
    const key = newApiKey();
    const state = await openState(loadSettings({ METERWAY_DATA_DIR: this.#data }), { beside: true });
    const about = { id: randomUUID(), name: 'bench', createdAt: Date.now(), revokedAt: null };
    await state.keys.add({ ...about, hash: hashApiKey(key) });
    await state.close();
    this.#api = new Child('api/main.ts', {
      env: {
        ...{ METERWAY_DATA_DIR: this.#data, METERWAY_API_PORT: String(await freePort()) },
        ...{ METERWAY_API_RATE_PER_MINUTE: '1000000', METERWAY_LOG_LEVEL: 'error' },
      },
      log: this.#log,
    });
    const { ready } = await within(120, 'the start of the API', this.#api.message<{ ready: { url: string } }>());
    this.#client = new HttpClient(`${ready.url}/api/v1`, key);
  }

  /** Times of questions until it is over, ms; none when the API is not there. */
  async asked(isOver: () => boolean, most = Number.POSITIVE_INFINITY): Promise<number[]> {
    const times: number[] = [];
    for (let n = 0; this.#client && n < most && !isOver(); n++) {
      const { ms } = await this.#client.timed(`/supply-status?accountNo=${accountNo((n * 7919) % this.#customers)}`);
      if (n >= WARM_UPS) times.push(ms);
      await sleep(Math.max(0, EVERY_MS - ms));
    }
    return times;
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#api?.stop();
  }
}
