import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { decodeEvents, encodeEventRequest, isEventFrame } from '../protocols/gdw376/event-frames.ts';
import { CONFIRM_BIT, type Frame, NUMBER_BITS } from '../protocols/gdw376/frame.ts';
import { encodeConfirm } from '../protocols/gdw376/link-frames.ts';
import type { SupplyEvent, SupplyListener } from '../protocols/supply-event.ts';
import { ReadError } from './read-error.ts';

const MINUTE_MS = 60_000;
/** A last breath comes within seconds; a terminal whose clock is further off than this is believed all the same, ms. */
const PROMPT_MS = 5 * MINUTE_MS;

interface TerminalEventsParts {
  readonly listener: SupplyListener;
  readonly clock: Pick<Clock, 'now'>;
  /** Sends to the terminal when it is still there. */
  readonly send: (bytes: Uint8Array) => void;
  /** A frame that is of no use, and why. */
  readonly drop: (frame: Frame, why: string) => void;
}

/**
 * The events of one Q/GDW 376.1 terminal: those that it tells unasked, and those that it says are waiting. What wants to
 * be confirmed is confirmed once it is on disk; what cannot be read is dropped and not confirmed.
 */
export class TerminalEvents {
  readonly #parts: TerminalEventsParts;
  /** Counter of important events up to which they are known; null before the first. */
  #known: number | null = null;
  /** Counter for which the events were asked for last: a terminal that does not give them is not asked on and on. */
  #asked: number | null = null;
  /** The last breath that was told, by the minute that the terminal named for it. */
  #gasp: { readonly minute: number; readonly start: number } | null = null;

  constructor(parts: TerminalEventsParts) {
    this.#parts = parts;
  }

  /** The connection is another one: what was asked for over the last may not have come. */
  reset(): void {
    this.#asked = null;
  }

  /** True when the frame brought events; it is dealt with then. */
  take(frame: Frame): boolean {
    if (!isEventFrame(frame)) return false;
    const { listener, send, drop } = this.#parts;
    try {
      const { important, events } = decodeEvents(frame, listener.zone);
      const confirm = (frame.seq & CONFIRM_BIT) === 0 ? null : encodeConfirm(frame);
      listener.tell(events.map((event) => this.#timed(event))).then(
        () => {
          this.#known = important;
          if (confirm) send(confirm);
        },
        () => {},
      );
    } catch (error) {
      if (!(error instanceof ReadError || error instanceof MeterwayError)) throw error;
      drop(frame, error.message);
    }
    return true;
  }

  /**
   * Terminals keep whole minutes. In that minute meters may have been read before their supply went, so a last breath
   * dates from its arrival, within its minute; and the same interruption keeps its beginning when it is told again.
   */
  #timed(event: SupplyEvent): SupplyEvent {
    const { start: minute, end } = event;
    if (end === null && this.#gasp?.minute !== minute) {
      const now = this.#parts.clock.now();
      const isPrompt = now >= minute && now - minute < PROMPT_MS;
      this.#gasp = { minute, start: isPrompt ? Math.min(now, minute + MINUTE_MS - 1000) : minute };
    }
    if (this.#gasp?.minute !== minute) return event;
    const { start } = this.#gasp;
    return { ...event, start, end: end === null ? null : Math.max(start, end) };
  }

  /** Asks for important events that the counters of a frame say are there. Call it while no other request is open. */
  fetch({ aux, terminal, station, seq }: Frame): void {
    const [important] = aux.events;
    if (important === undefined || important === this.#known || important === this.#asked) return;
    this.#asked = important;
    const number = seq & NUMBER_BITS;
    this.#parts.send(encodeEventRequest({ terminal, station }, { known: this.#known, important, number }));
  }
}
