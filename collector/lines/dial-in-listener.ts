import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { recogniseGdw376 } from '../protocols/gdw376/link-frames.ts';
import { Caller } from './dial-in-listener-caller.ts';
import { recogniseDlt698 } from './dial-in-listener-dlt698.ts';
import { Place } from './dial-in-listener-place.ts';
import type { LinkTalk, Recognise } from './dial-in-listener-recognise.ts';

/** A terminal logs in as soon as it is connected; slow mobile networks included. */
const LOGIN_MS = 30_000;
/** After a power cut hundreds of terminals dial in together, each unknown for a moment. */
const MOST_UNKNOWN = 64;
/** No login is behind this much of something else. */
const MOST_UNKNOWN_BYTES = 1024;
/** Foreign terminals that are remembered, so that each is told of once. */
const MOST_FOREIGN = 1000;
const KEEPALIVE_MS = 30_000;
/** A connection that takes no more bytes keeps its socket for a while. */
const CLOSE_MS = 2000;

export interface DialInParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Address that is listened to; every one of the machine unless named. */
  readonly host?: string;
  /** Time zone that the clocks of terminals are set to: a DL/T 698.45 login is answered with the time. */
  readonly zone: () => string;
}

/** One TCP port that terminals dial in to, for all lines that wait there. Listens while a line waits. */
export class DialInListener {
  readonly #port: number;
  readonly #parts: DialInParts;
  readonly #onDeserted: () => void;
  readonly #recognise: readonly Recognise[];
  readonly #places = new Map<string, Place>();
  /** Not yet logged in, the longest waiting first, with the bytes that each has sent. */
  readonly #unknown = new Map<Caller, number>();
  readonly #foreign = new Set<string>();
  #server: Server | null = null;
  #listening: Promise<void> | null = null;
  #isCrowded = false;
  #isClosed = false;

  /** `onDeserted`: the last line has left, and the port is free again. */
  constructor(port: number, parts: DialInParts, onDeserted: () => void) {
    this.#port = port;
    this.#parts = parts;
    this.#onDeserted = onDeserted;
    this.#recognise = [recogniseGdw376, recogniseDlt698(parts.zone)];
  }

  place(terminal: string): Place {
    const known = this.#places.get(terminal);
    if (known) return known;
    const place = new Place({
      terminal,
      clock: this.#parts.clock,
      listening: () => this.#listen(),
      onDeserted: (deserted) => this.#desert(deserted),
    });
    this.#places.set(terminal, place);
    return place;
  }

  /** Ends every connection; resolves when the port is free again, within a deadline. Nobody can dial in any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const server = this.#server;
    this.#server = null;
    this.#listening = null;
    const closed = server?.listening ? this.#closed(server) : undefined;
    for (const caller of [...this.#unknown.keys()]) caller.end('link_closed: closed here');
    for (const place of this.#places.values()) place.close('link_closed: closed here');
    this.#places.clear();
    await closed;
  }

  #closed(server: Server): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(`close port ${this.#port}`, CLOSE_MS, resolve);
      server.close(() => {
        cancel();
        resolve();
      });
    });
  }

  /** One attempt at a time, shared by all lines of the port; after a failure the next call tries again. */
  #listen(): Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#cannotListen('link_closed', 'closed here'));
    this.#listening ??= new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
      this.#server = server;
      server.on('connection', (socket) => this.#accept(socket));
      server.once('error', (cause) => {
        this.#release(server);
        const { code, text } = listenFault(systemCode(cause), messageOf(cause));
        reject(this.#cannotListen(code, text, cause));
      });
      server.listen({ port: this.#port, ...(this.#parts.host && { host: this.#parts.host }) }, () => {
        server.removeAllListeners('error');
        // Such as too many open files: who cannot be let in dials again.
        server.on('error', (err) => this.#parts.logger.warn({ port: this.#port, err }, 'a dial-in was not accepted'));
        resolve();
      });
    });
    return this.#listening;
  }

  #release(server: Server): void {
    if (this.#server !== server) return;
    this.#server = null;
    this.#listening = null;
  }

  #cannotListen(code: string, text: string, cause?: unknown): MeterwayError {
    return new MeterwayError(`cannot listen on port ${this.#port} for terminals to dial in: ${text}`, {
      code,
      next: 'reconnect',
      cause,
    });
  }

  #accept(socket: Socket): void {
    const { clock } = this.#parts;
    const caller = new Caller(
      {
        socket,
        recognise: this.#recognise,
        clock,
        onTalk: (from, talk) => this.#talked(from, talk),
        onBytes: (from, count) => this.#heard(from, count),
        onEnd: (ended) => this.#ended(ended),
      },
      LOGIN_MS,
    );
    this.#unknown.set(caller, 0);
    this.#thinOut();
  }

  /** Who has been silent for longest makes room: a real terminal logs in at once. */
  #thinOut(): void {
    const [oldest] = this.#unknown.keys();
    if (oldest === undefined || this.#unknown.size <= MOST_UNKNOWN) {
      if (this.#unknown.size <= MOST_UNKNOWN / 2) this.#isCrowded = false;
      return;
    }
    if (!this.#isCrowded) {
      this.#parts.logger.warn({ port: this.#port, most: MOST_UNKNOWN }, 'too many connections that do not log in');
    }
    this.#isCrowded = true;
    oldest.end('link_closed: too many connections that do not log in');
  }

  #heard(caller: Caller, count: number): void {
    if (caller.terminal !== null) {
      const place = this.#places.get(caller.terminal);
      if (place) place.lastSeenAt = this.#parts.clock.now();
      return;
    }
    const bytes = (this.#unknown.get(caller) ?? 0) + count;
    this.#unknown.set(caller, bytes);
    if (bytes > MOST_UNKNOWN_BYTES) caller.end('link_closed: no login, but other data');
  }

  #talked(caller: Caller, talk: LinkTalk): void {
    if (caller.terminal === null) this.#welcome(caller, talk);
    // Another terminal behind the same connection would get the answers to this one's requests.
    else if (talk.terminal !== caller.terminal) this.#tellForeign(caller, talk.terminal);
    else this.#answer(caller, talk);
  }

  /** A heartbeat will do: after a loss that it has not noticed a terminal just goes on. */
  #welcome(caller: Caller, talk: LinkTalk): void {
    const place = this.#places.get(talk.terminal);
    if (talk.kind === 'logout') return;
    if (!place) {
      this.#tellForeign(caller, talk.terminal);
      caller.end('link_closed: no line waits for this terminal');
      return;
    }
    this.#unknown.delete(caller);
    caller.loggedIn(talk.terminal);
    place.lastSeenAt = this.#parts.clock.now();
    this.#answer(caller, talk);
    place.take(caller);
  }

  #answer(caller: Caller, { kind, reply, heartbeatMs }: LinkTalk): void {
    if (heartbeatMs !== undefined && heartbeatMs > 0) caller.expectHeartbeats(heartbeatMs);
    caller.write(reply);
    if (kind === 'logout') caller.end('link_closed: the terminal has logged out');
  }

  #tellForeign(caller: Caller, terminal: string): void {
    if (this.#foreign.has(terminal)) return;
    if (this.#foreign.size >= MOST_FOREIGN) this.#foreign.clear();
    this.#foreign.add(terminal);
    const fields = { port: this.#port, terminal, from: caller.remote };
    this.#parts.logger.warn(fields, 'a terminal dialled in that no line waits for; it is not answered');
  }

  #ended(caller: Caller): void {
    this.#unknown.delete(caller);
    const place = caller.terminal === null ? undefined : this.#places.get(caller.terminal);
    if (place?.caller === caller) place.caller = null;
  }

  #desert(place: Place): void {
    if (this.#places.get(place.terminal) !== place) return;
    this.#places.delete(place.terminal);
    place.close('link_closed: no line waits for this terminal any more');
    if (this.#places.size > 0) return;
    this.#onDeserted();
    void this.close();
  }
}

/** What a port that cannot be listened to is called. */
function listenFault(code: string | undefined, message: string): { readonly code: string; readonly text: string } {
  if (code === 'EADDRINUSE') return { code: 'port_locked', text: 'port is in use by another program' };
  if (code === 'EACCES') return { code: 'port_denied', text: 'no permission to use the port' };
  return { code: 'port_failed', text: message };
}
