import type { ServerResponse } from 'node:http';
import { type Cancel, type Clock, every } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import { ApiProblem } from '../errors.ts';
import { EventStream, type Sink, type StreamParts } from './event-stream.ts';

export const HEARTBEAT_MS = 15_000;
/** A client that reads nothing of what it asked for is given up after this, ms. */
const DRAIN_MS = 30_000;

export interface OpenStreamsParts {
  readonly mostPerKey: number;
  /** Ids of the keys that are valid now. */
  readonly validKeys: () => Promise<ReadonlySet<string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The streams of events that are open at this process. */
export class OpenStreams {
  readonly #parts: OpenStreamsParts;
  readonly #open = new Map<EventStream, string>();
  #beating: Cancel | null = null;

  constructor(parts: OpenStreamsParts) {
    this.#parts = parts;
    const gauge = parts.metrics.gauge('api_event_streams', 'Streams of events that are open');
    parts.metrics.onScrape(() => gauge.set(this.#open.size));
  }

  /** Refuses a stream more than a key may have, with the problem `too_many_streams`. */
  refuseMore(key: string): void {
    const { mostPerKey } = this.#parts;
    if ([...this.#open.values()].filter((each) => each === key).length < mostPerKey) return;
    throw new ApiProblem('too_many_streams', `this key has ${mostPerKey} streams open here; end one first`);
  }

  /** Serves a response whose head is written until the client goes, is too slow, or the process ends. */
  serve(key: string, response: ServerResponse, after: number | null, parts: Omit<StreamParts, 'sink'>): void {
    const { clock, logger } = this.#parts;
    // The client went while its request was looked at: nothing would ever end its stream.
    if (response.closed || response.destroyed) return;
    const stream = new EventStream({ ...parts, sink: sinkOf(response, clock) });
    this.#open.set(stream, key);
    this.#beating ??= every({ clock, logger, name: 'heartbeat', ms: HEARTBEAT_MS }, () => this.#beat());
    response.once('close', () => {
      stream.end();
      this.#open.delete(stream);
      if (this.#open.size > 0) return;
      this.#beating?.();
      this.#beating = null;
    });
    stream.begin(after).catch((err: unknown) => {
      logger.debug({ err }, 'a stream of events was ended');
      stream.end();
    });
  }

  /** A key that was revoked ends its streams with the next heartbeat. While keys cannot be read, streams go on. */
  async #beat(): Promise<void> {
    for (const each of [...this.#open.keys()]) each.heartbeat();
    const valid = await this.#parts.validKeys();
    for (const [stream, key] of [...this.#open]) if (!valid.has(key)) stream.end();
  }

  /** Ends all: a process that goes would wait for their clients for ever. */
  end(): void {
    for (const stream of [...this.#open.keys()]) stream.end();
  }
}

function sinkOf(response: ServerResponse, clock: Clock): Sink {
  return {
    write: (text) => response.write(text),
    get unread() {
      return response.writableLength;
    },
    drained: () => drained(response, clock),
    end: () => {
      const isStuck = response.writableNeedDrain;
      response.end();
      // What it did not read so far would be kept for it.
      if (isStuck) response.destroy();
    },
  };
}

function drained(response: ServerResponse, clock: Clock): Promise<void> {
  if (!response.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const give = (): void => {
      off();
      reject(new MeterwayError('cannot go on with a stream: its client does not read', { code: 'slow_client' }));
    };
    const take = (): void => {
      off();
      resolve();
    };
    const cancel = clock.after('slow client', DRAIN_MS, give);
    const off = (): void => {
      cancel();
      response.off('drain', take);
      response.off('close', give);
    };
    response.once('drain', take);
    response.once('close', give);
  });
}
