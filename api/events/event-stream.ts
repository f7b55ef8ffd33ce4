import type { CentreEvent } from '#contract/centre-event.ts';
import { cloudEvent } from '#contract/cloud-event.ts';
import type { EventFilter, EventStore } from '#stores/event-store.ts';
import { passes } from './event-filter.ts';
import type { EventTail } from './event-tail.ts';

const PAGE = 500;
/** What was missed is written in pieces of so many events, each when the client has taken the one before. */
const PIECE = 50;
/** A client that leaves more than this unread is dropped, bytes. It comes back with Last-Event-ID and misses nothing. */
export const MOST_UNREAD = 1024 * 1024;

/** Where the text of a stream goes. */
export interface Sink {
  /** False when the client reads more slowly than it is written to. */
  write(text: string): boolean;
  /** Bytes that the client has not taken yet. */
  readonly unread: number;
  /** Resolves when all is taken; rejects when the client is gone or does not go on reading. */
  drained(): Promise<void>;
  end(): void;
}

export interface StreamParts {
  readonly tail: EventTail;
  readonly events: Pick<EventStore, 'after' | 'range'>;
  readonly sink: Sink;
  readonly filter: EventFilter;
  /** Name of the site. */
  readonly site: string;
}

/** Events to one client, as server-sent events: what it missed first, then what comes. */
export class EventStream {
  readonly #parts: StreamParts;
  #isLive = false;
  #toldUpTo = 0;
  #hasEnded = false;
  #leave = (): void => {};

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Begins after a position, or with what comes next. Settles when the client has what it missed. */
  async begin(after: number | null): Promise<void> {
    const { tail, sink } = this.#parts;
    const leave = await tail.follow((events, upTo) => this.#take(events, upTo));
    if (this.#hasEnded) {
      leave();
      return;
    }
    this.#leave = leave;
    sink.write('retry: 3000\n\n');
    if (after === null) this.#goLive(tail.position);
    else await this.#catchUp(after);
  }

  /** A named event, which clients can see, with the position up to which they have everything. */
  heartbeat(): void {
    const { position } = this.#parts.tail;
    this.#write(
      this.#isLive ? message('heartbeat', { position: String(position) }, position) : message('heartbeat', {}),
    );
  }

  /** Ends the stream; calling it again does nothing. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#leave();
    this.#parts.sink.end();
  }

  async #catchUp(after: number): Promise<void> {
    const { tail, events, sink, filter } = this.#parts;
    let position = await this.#overGap(after);
    // The tail goes on meanwhile: when it stands where the reading ended, nothing lies in between.
    for (let target = tail.position; position < target; target = tail.position) {
      const found = await events.after(position, PAGE, filter);
      const isAll = found.length < PAGE;
      for (let from = 0; from < found.length; from += PIECE) {
        this.#tell(found.slice(from, from + PIECE));
        if (this.#hasEnded) return;
        await sink.drained();
      }
      position = Math.max(found.at(-1)?.position ?? position, isAll ? target : position);
      if (this.#hasEnded) return;
    }
    this.#goLive(position);
  }

  /** From here on the tail tells; what it has not told yet of what the client has is passed over. */
  #goLive(position: number): void {
    this.#toldUpTo = position;
    this.#isLive = true;
    this.heartbeat();
  }

  /** Says so when what follows a position is not there any more, or the position is none of this table. */
  async #overGap(after: number): Promise<number> {
    const { oldest, newest } = await this.#parts.events.range();
    const first = oldest === 0 ? newest + 1 : oldest;
    if (after > newest) {
      this.#write(message('gap', { after: String(after), goesOnAfter: String(newest), why: 'unknown position' }));
      return newest;
    }
    if (after < first - 1) {
      this.#write(message('gap', { after: String(after), goesOnAfter: String(first - 1), why: 'events were deleted' }));
    }
    return after;
  }

  #take(events: readonly CentreEvent[], upTo: number): void {
    if (!this.#isLive) return;
    this.#tell(events.filter((each) => each.position > this.#toldUpTo && passes(this.#parts.filter, each)));
    this.#toldUpTo = Math.max(this.#toldUpTo, upTo);
  }

  /** In one piece: a thousand streams are told a storm of events without anybody else having to wait for seconds. */
  #tell(events: readonly CentreEvent[]): void {
    if (events.length === 0) return;
    const { site, tail } = this.#parts;
    this.#write(
      events
        .map((event) => tail.textOf(event, () => message(event.type, cloudEvent(event, site), event.position)))
        .join(''),
    );
  }

  #write(text: string): void {
    if (this.#hasEnded) return;
    this.#parts.sink.write(text);
    if (this.#parts.sink.unread > MOST_UNREAD) this.end();
  }
}

/** One server-sent event. The data is JSON, which has no line breaks of its own. */
function message(event: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
