import type { CentreEvent } from '#contract/centre-event.ts';
import { type Clock, every } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { EventStore } from '#stores/event-store.ts';

const POLL_MS = 250;
const PAGE = 500;
/** After a failure of the database, it is left alone for so long, ms. */
const FAILED_MS = 5000;

/** New events in their order; `upTo` is the position that the tail has reached with them. */
export type Listener = (events: readonly CentreEvent[], upTo: number) => void;

/**
 * The end of the event table, read once for all who listen, and only while somebody does. Who wants what came before
 * reads it from the table up to `position` and is told everything after it.
 */
export class EventTail {
  readonly #events: Pick<EventStore, 'after' | 'range'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #texts = new WeakMap<CentreEvent, string>();
  #position = 0;
  #started: Promise<void> | null = null;
  #pollAt = 0;
  #cancel = (): void => {};

  constructor(events: Pick<EventStore, 'after' | 'range'>, clock: Clock, logger: Logger) {
    this.#events = events;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Up to here listeners have been told; without listeners it stands still. */
  get position(): number {
    return this.#position;
  }

  /** Listens from now on; resolves, once the tail has a position, with what ends it. Rejects when the table cannot be read. */
  async follow(listener: Listener): Promise<() => void> {
    this.#listeners.add(listener);
    this.#started ??= this.#start();
    try {
      await this.#started;
    } catch (error) {
      this.#leave(listener);
      throw error;
    }
    return () => this.#leave(listener);
  }

  /** The text of an event, which `make` makes once for all who listen. */
  textOf(event: CentreEvent, make: () => string): string {
    const text = this.#texts.get(event) ?? make();
    this.#texts.set(event, text);
    return text;
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#cancel();
    this.#started = null;
  }

  async #start(): Promise<void> {
    this.#position = (await this.#events.range()).newest;
    const parts = { clock: this.#clock, logger: this.#logger, name: 'events', ms: POLL_MS };
    this.#cancel();
    if (this.#listeners.size > 0) this.#cancel = every(parts, () => this.#poll());
  }

  async #poll(): Promise<void> {
    if (this.#clock.mono() < this.#pollAt) return;
    try {
      await this.#read();
    } catch (error) {
      this.#pollAt = this.#clock.mono() + FAILED_MS;
      this.#logger.warn({ why: messageOf(error) }, 'events could not be read; those who listen wait');
    }
  }

  async #read(): Promise<void> {
    const from = this.#position;
    for (;;) {
      const found = await this.#events.after(this.#position, PAGE);
      // Nobody listens any more, or somebody began anew meanwhile.
      if (this.#listeners.size === 0 || this.#position < from) return;
      const last = found.at(-1);
      if (!last || last.position <= this.#position) return;
      this.#position = last.position;
      for (const listener of [...this.#listeners]) listener(found, last.position);
      if (found.length < PAGE) return;
    }
  }
}
