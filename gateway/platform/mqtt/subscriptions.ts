import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { type MessageHandler, matches } from '../mqtt.ts';
import { KEEPALIVE_S } from './client-options.ts';

/** A handler that takes longer is reported; from half the keepalive on, the connection would be lost. */
const SLOW_HANDLER_MS = (KEEPALIVE_S * 1000) / 4;

/** Who handles which messages, on whatever connection they come. */
export class Subscriptions {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #handlers = new Map<string, MessageHandler>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get filters(): Iterable<string> {
    return this.#handlers.keys();
  }

  add(filter: string, handler: MessageHandler): void {
    this.#handlers.set(filter, handler);
  }

  /** Never rejects: what a handler throws is logged, and the next message comes. */
  async handle(topic: string, payload: Uint8Array, retained: boolean): Promise<void> {
    const begun = this.#clock.mono();
    for (const [filter, handler] of this.#handlers) {
      if (!matches(filter, topic)) continue;
      try {
        await handler(topic, payload, retained);
      } catch (err) {
        this.#logger.error({ topic, err }, 'cannot handle a message');
      }
    }
    const tookMs = Math.round(this.#clock.mono() - begun);
    if (tookMs > SLOW_HANDLER_MS) this.#logger.warn({ topic, tookMs }, 'a message took long to handle');
  }
}
