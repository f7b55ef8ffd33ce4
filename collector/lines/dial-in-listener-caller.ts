import type { Socket } from 'node:net';
import type { Cancel, Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';
import { type LinkTalk, LinkTalkFilter, type Recognise } from './dial-in-listener-recognise.ts';
import { tcpFault } from './system-fault.ts';

/** Between two heartbeats of a terminal that does not tell: usual settings lie between one and five minutes. */
const HEARTBEAT_MS = 300_000;
/** Heartbeats in a row that may be missing. */
const MISSING_HEARTBEATS = 3;
/** A terminal that is back tells what happened as soon as it has logged in; its line may take a while to look. */
const MOST_UNHEARD_BYTES = 4096;
const NOTHING = new Uint8Array(0);

/** The line that works over a connection. */
interface Adopter {
  onData(bytes: Uint8Array): void;
  /** Once, whoever ended it. */
  onEnd(why: string): void;
}

interface CallerParts {
  readonly socket: Socket;
  readonly recognise: readonly Recognise[];
  readonly clock: Clock;
  /** The terminal has spoken of the link; what is to be said to it is up to the listener. */
  readonly onTalk: (caller: Caller, talk: LinkTalk) => void;
  readonly onBytes: (caller: Caller, count: number) => void;
  readonly onEnd: (caller: Caller) => void;
}

/**
 * One connection from outside. Until it has logged in nobody knows who it is; from then on it belongs to the line that
 * waits for the terminal, and heartbeats are answered whether or not the line is at work.
 */
export class Caller {
  readonly remote: string;
  /** Null until it has logged in. */
  terminal: string | null = null;
  readonly #parts: CallerParts;
  readonly #filter: LinkTalkFilter;
  #adopter: Adopter | null = null;
  /** What came since the login while no line worked over it. */
  #unheard: Uint8Array = NOTHING;
  #isEnded = false;
  #heardAt: number;
  #mostSilentMs = MISSING_HEARTBEATS * HEARTBEAT_MS;
  #cancelWatch: Cancel;

  /** `loginMs`: how long it may stay unknown. */
  constructor(parts: CallerParts, loginMs: number) {
    const { socket, clock } = parts;
    this.#parts = parts;
    this.remote = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.#filter = new LinkTalkFilter(parts.recognise);
    this.#heardAt = clock.mono();
    this.#cancelWatch = clock.after(`login of ${this.remote}`, loginMs, () => this.end('link_timeout: no login'));
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => {
      const { code, text } = tcpFault(systemCode(error), messageOf(error));
      this.end(`${code}: ${text}`);
    });
    socket.on('close', () => this.end('link_closed: closed by the other side'));
  }

  get isAdopted(): boolean {
    return this.#adopter !== null;
  }

  /** From now on it is watched by its heartbeats. */
  loggedIn(terminal: string): void {
    this.terminal = terminal;
    this.#watch(`heartbeat of ${terminal}`);
  }

  /** Heartbeats are this far apart, ms. */
  expectHeartbeats(everyMs: number): void {
    this.#mostSilentMs = MISSING_HEARTBEATS * everyMs;
    if (this.terminal !== null) this.#watch(`heartbeat of ${this.terminal}`);
  }

  adopt(adopter: Adopter): void {
    if (this.#adopter !== null) throw new Error(`BUG: two lines work over the connection of ${this.remote}`);
    this.#adopter = adopter;
    const unheard = this.#unheard;
    this.#unheard = NOTHING;
    if (unheard.length > 0) adopter.onData(unheard);
  }

  /** The line leaves it; the terminal stays logged in. */
  release(): void {
    this.#adopter = null;
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnded) {
      throw new MeterwayError(`cannot write to ${this.remote}: the connection has ended`, {
        code: 'link_closed',
        next: 'reconnect',
      });
    }
    this.#parts.socket.write(bytes);
  }

  /** `why` begins with a code, as Link.onDown wants it. What was written before is still sent. */
  end(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelWatch();
    this.#parts.socket.destroySoon();
    this.#parts.onEnd(this);
    const adopter = this.#adopter;
    this.#adopter = null;
    adopter?.onEnd(why);
  }

  #take(bytes: Uint8Array): void {
    const { clock, onBytes, onTalk } = this.#parts;
    if (this.#isEnded) return;
    this.#heardAt = clock.mono();
    const { talks, rest } = this.#filter.push(bytes, clock.now());
    for (const talk of talks) if (!this.#isEnded) onTalk(this, talk);
    if (this.#isEnded) return;
    onBytes(this, bytes.length);
    if (rest.length === 0) return;
    if (this.#adopter) this.#adopter.onData(rest);
    else if (this.terminal !== null) this.#keep(rest);
  }

  #keep(bytes: Uint8Array): void {
    const room = MOST_UNHEARD_BYTES - this.#unheard.length;
    if (room > 0) this.#unheard = Buffer.concat([this.#unheard, bytes.subarray(0, room)]);
  }

  /** Wakes when it may have been silent for too long. */
  #watch(name: string): void {
    const { clock } = this.#parts;
    this.#cancelWatch();
    const leftMs = this.#heardAt + this.#mostSilentMs - clock.mono();
    this.#cancelWatch = clock.after(name, Math.max(1, leftMs), () => {
      if (clock.mono() - this.#heardAt < this.#mostSilentMs) this.#watch(name);
      else this.end(`link_timeout: nothing heard for ${Math.round(this.#mostSilentMs / 1000)} s`);
    });
  }
}
