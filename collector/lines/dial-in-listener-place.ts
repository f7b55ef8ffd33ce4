import type { Cancel, Clock } from '#platform/clock.ts';
import type { Caller } from './dial-in-listener-caller.ts';

/** A line that is being set up anew must not cost its terminal the connection: it would not be back for minutes. */
const LINGER_MS = 10_000;

interface PlaceParts {
  readonly terminal: string;
  readonly clock: Clock;
  /** Resolves when the port is listened to; rejects with a MeterwayError. */
  readonly listening: () => Promise<void>;
  /** No line wants the terminal any more. */
  readonly onDeserted: (place: Place) => void;
}

/** Where a line waits for its terminal, and where the terminal is found when it is there. */
export class Place {
  readonly terminal: string;
  /** The connection that logged in last, while it lasts. */
  caller: Caller | null = null;
  /** UTC ms, null before the first time. */
  lastSeenAt: number | null = null;
  readonly #parts: PlaceParts;
  readonly #waiting = new Set<() => void>();
  #lines = 0;
  #isClosed = false;
  #cancelLinger: Cancel = () => {};

  constructor(parts: PlaceParts) {
    this.terminal = parts.terminal;
    this.#parts = parts;
  }

  /** A line wants the terminal, until it says `leave`. */
  join(): void {
    this.#cancelLinger();
    this.#lines++;
  }

  leave(): void {
    this.#lines--;
    if (this.#lines > 0 || this.#isClosed) return;
    const { clock, onDeserted } = this.#parts;
    this.#cancelLinger = clock.after(`linger ${this.terminal}`, LINGER_MS, () => onDeserted(this));
  }

  listening(): Promise<void> {
    return this.#parts.listening();
  }

  /** `run` is called when the terminal logs in next, unless cancelled. */
  onLogin(run: () => void): Cancel {
    this.#waiting.add(run);
    return () => void this.#waiting.delete(run);
  }

  /** The terminal has logged in over this connection. Terminals dial again without having hung up. */
  take(caller: Caller): void {
    const before = this.caller;
    this.caller = caller;
    if (before !== caller) before?.end(`link_closed: the terminal logged in again from ${caller.remote}`);
    for (const run of [...this.#waiting]) run();
  }

  /** Ends the connection, for good. */
  close(why: string): void {
    this.#isClosed = true;
    this.#cancelLinger();
    this.caller?.end(why);
  }
}
