import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './child.ts';

const WARM_UPS = 3;

export interface Answer {
  /** From the request to the last byte. */
  readonly ms: number;
  readonly bytes: number;
}

/** Times of one question that was asked again and again, ms. */
export interface Times {
  readonly first: number;
  readonly p50: number;
  readonly p95: number;
  readonly bytes: number;
  /** Questions, those that do not count included. */
  readonly asked: number;
}

export interface Patience {
  readonly seconds: number;
  readonly pauseMs?: number;
}

/** The least of them that is not below this share of all. */
export function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * numbers.length) - 1)] ?? Number.NaN;
}

/** One connection to a server on this machine. */
export class HttpClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(base: string, key?: string) {
    this.#base = base;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  /** The whole answer as JSON. Rejects when it is a problem. */
  async json<T>(path: string, body?: object): Promise<T> {
    const response = await this.#answer(path, body);
    return JSON.parse(await text(response)) as T;
  }

  async timed(path: string): Promise<Answer> {
    const begun = performance.now();
    let bytes = 0;
    for await (const chunk of (await this.#answer(path)) as AsyncIterable<Uint8Array>) bytes += chunk.length;
    return { ms: performance.now() - begun, bytes };
  }

  async *chunks(path: string): AsyncGenerator<Uint8Array> {
    yield* (await this.#answer(path)) as AsyncIterable<Uint8Array>;
  }

  /**
   * Asks `count` times after a few that do not count; the very first is told by itself. `pauseMs` lies before each, so
   * that none lives on what was looked up for the one before.
   */
  async times(path: string, count: number, { seconds, pauseMs = 0 }: Patience): Promise<Times> {
    const first = await within(seconds, 'the first answer', this.timed(path));
    const until = performance.now() + seconds * 1000;
    const found: number[] = [];
    for (let n = 1; n < WARM_UPS + count; n++) {
      if (pauseMs > 0) await sleep(pauseMs);
      const left = Math.max(1, (until - performance.now()) / 1000);
      const { ms } = await within(left, `${count} answers`, this.timed(path));
      if (n >= WARM_UPS) found.push(ms);
    }
    const [p50, p95] = [quantile(found, 0.5), quantile(found, 0.95)];
    return { first: first.ms, p50, p95, bytes: first.bytes, asked: WARM_UPS + count };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #answer(path: string, body?: object): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { ...this.#headers, ...(body && { 'content-type': 'application/json' }) };
    const method = body ? 'POST' : 'GET';
    const asked = request(`${this.#base}${path}`, { agent: this.#agent, method, headers }, resolve);
    asked.once('error', reject);
    asked.end(body && JSON.stringify(body));
    const response = await promise;
    const { statusCode = 0 } = response;
    if (statusCode < 300) return response;
    throw new Error(`${method} ${path} was answered with ${statusCode}: ${(await text(response)).slice(0, 300)}`);
  }
}
