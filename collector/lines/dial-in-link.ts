import type { DialInLink as Endpoint } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Caller } from './dial-in-listener-caller.ts';
import type { Place } from './dial-in-listener-place.ts';
import type { DialIns } from './dial-in-listeners.ts';
import type { Link } from './link.ts';

/** Longest wait for a terminal that is not there; the line is down then, and looks again later. */
const WAIT_MS = 3000;

/** The connection of one terminal that dials in. Frames of the link (login, heartbeat) never get here. */
export class DialInLink implements Link {
  readonly name: string;
  readonly bitRate = null;
  readonly #endpoint: Endpoint;
  readonly #dialIns: Pick<DialIns, 'place'>;
  readonly #clock: Clock;
  readonly #downListeners: ((why: string) => void)[] = [];
  /** Held from the first opening until closed: between two openings the terminal must be able to log in. */
  #place: Place | null = null;
  #caller: Caller | null = null;
  #cancelOpening: ((error: MeterwayError) => void) | null = null;
  #onData: (bytes: Uint8Array) => void = () => {};

  constructor(endpoint: Endpoint, dialIns: Pick<DialIns, 'place'>, clock: Clock) {
    this.name = `dial-in ${endpoint.terminal} on port ${endpoint.port}`;
    this.#endpoint = endpoint;
    this.#dialIns = dialIns;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#caller !== null;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#downListeners.push(listener);
  }

  /** Rejects with `terminal_absent` when the terminal does not log in within a few seconds. */
  open(signal: AbortSignal): Promise<void> {
    if (this.#caller !== null || this.#cancelOpening !== null) {
      return Promise.reject(new Error(`BUG: ${this.name} is open or opening already`));
    }
    if (signal.aborted) return Promise.reject(this.#cannotOpen('link_aborted', 'stopped'));
    const place = this.#join();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#cancelOpening = null;
        cancelDeadline();
        cancelLogin();
        signal.removeEventListener('abort', onAbort);
      };
      const fail = (error: MeterwayError): void => {
        if (this.#cancelOpening !== fail) return;
        settle();
        reject(error);
      };
      const take = (): void => {
        if (this.#cancelOpening !== fail || place.caller === null) return;
        settle();
        if (place.caller.isAdopted) {
          reject(this.#cannotOpen('terminal_taken', 'another line works over it already'));
          return;
        }
        this.#use(place.caller);
        resolve();
      };
      const onAbort = (): void => fail(this.#cannotOpen('link_aborted', 'stopped'));
      this.#cancelOpening = fail;
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelLogin = place.onLogin(take);
      const cancelDeadline = this.#clock.after(`open ${this.name}`, WAIT_MS, () => fail(this.#absent(place)));
      place.listening().then(take, fail);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#caller === null) {
      throw new MeterwayError(`cannot write to ${this.name}: not open`, { code: 'link_closed', next: 'reconnect' });
    }
    this.#caller.write(bytes);
  }

  /** The terminal stays logged in for a while: the next opening finds it there. */
  async close(): Promise<void> {
    this.#cancelOpening?.(this.#cannotOpen('link_closed', 'closed while opening'));
    this.#caller?.release();
    this.#lost('link_closed: closed here');
    this.#place?.leave();
    this.#place = null;
  }

  #join(): Place {
    if (this.#place !== null) return this.#place;
    this.#place = this.#dialIns.place(this.#endpoint);
    this.#place.join();
    return this.#place;
  }

  #use(caller: Caller): void {
    this.#caller = caller;
    caller.adopt({ onData: (bytes) => this.#onData(bytes), onEnd: (why) => this.#lost(why) });
  }

  #lost(why: string): void {
    if (this.#caller === null) return;
    this.#caller = null;
    for (const listener of this.#downListeners) listener(why);
  }

  #absent({ lastSeenAt }: Place): MeterwayError {
    const seen =
      lastSeenAt === null ? 'it has not been seen yet' : `it was seen last at ${new Date(lastSeenAt).toISOString()}`;
    return this.#cannotOpen('terminal_absent', `the terminal is not logged in; ${seen}`);
  }

  #cannotOpen(code: string, text: string): MeterwayError {
    return new MeterwayError(`cannot open ${this.name}: ${text}`, { code, next: 'reconnect' });
  }
}
