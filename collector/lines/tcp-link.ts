import { connect, type Socket } from 'node:net';
import type { TcpLink as TcpEndpoint } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';
import type { Link } from './link.ts';
import { tcpFault } from './system-fault.ts';

const CONNECT_MS = 5000;
const CLOSE_MS = 2000;
/** A concentrator that lost its power sends nothing: only probes of the idle connection show it. */
const KEEPALIVE_MS = 30_000;
/** Several addresses of one name are tried one after another; mobile networks need longer than Node's 250 ms. */
const PER_ADDRESS_MS = 2000;

/** One TCP connection. */
export class TcpLink implements Link {
  readonly name: string;
  readonly bitRate = null;
  readonly #endpoint: TcpEndpoint;
  readonly #clock: Clock;
  readonly #downListeners: ((why: string) => void)[] = [];
  #socket: Socket | null = null;
  #connecting: Socket | null = null;
  #onData: (bytes: Uint8Array) => void = () => {};

  constructor(endpoint: TcpEndpoint, clock: Clock) {
    this.name = `tcp ${endpoint.host}:${endpoint.port}`;
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#socket !== null;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#downListeners.push(listener);
  }

  open(signal: AbortSignal): Promise<void> {
    if (this.#socket !== null || this.#connecting !== null) {
      return Promise.reject(new Error(`BUG: ${this.name} is open or opening already`));
    }
    if (signal.aborted) return Promise.reject(this.#cannotOpen('link_aborted', 'stopped'));
    return new Promise((resolve, reject) => {
      const socket = connect({
        ...this.#endpoint,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEPALIVE_MS,
        autoSelectFamilyAttemptTimeout: PER_ADDRESS_MS,
      });
      this.#connecting = socket;
      const settle = (): void => {
        cancelDeadline();
        signal.removeEventListener('abort', onAbort);
        this.#connecting = null;
      };
      const fail = (error: MeterwayError): void => {
        settle();
        socket.removeAllListeners();
        socket.on('error', () => {});
        socket.destroy();
        reject(error);
      };
      const onAbort = (): void => fail(this.#cannotOpen('link_aborted', 'stopped'));
      const cancelDeadline = this.#clock.after(`open ${this.name}`, CONNECT_MS, () =>
        fail(this.#cannotOpen('link_timeout', `no connection within ${CONNECT_MS} ms`)),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('error', (cause) => {
        const { code, text } = tcpFault(systemCode(cause), messageOf(cause));
        fail(this.#cannotOpen(code, text, cause));
      });
      socket.once('close', () => fail(this.#cannotOpen('link_closed', 'closed while opening')));
      socket.once('connect', () => {
        settle();
        socket.removeAllListeners();
        this.#use(socket);
        resolve();
      });
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#socket === null) {
      throw new MeterwayError(`cannot write to ${this.name}: not open`, { code: 'link_closed', next: 'reconnect' });
    }
    this.#socket.write(bytes);
  }

  close(): Promise<void> {
    this.#connecting?.destroy();
    const socket = this.#socket;
    if (socket === null) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(`close ${this.name}`, CLOSE_MS, resolve);
      socket.once('close', () => {
        cancel();
        resolve();
      });
      this.#lost(socket, 'link_closed: closed here');
    });
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    let why = 'link_closed: closed by the other side';
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', (error) => {
      const { code, text } = tcpFault(systemCode(error), messageOf(error));
      why = `${code}: ${text}`;
      this.#lost(socket, why);
    });
    socket.on('close', () => this.#lost(socket, why));
  }

  /** Once for each opening, whichever event comes first. */
  #lost(socket: Socket, why: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    socket.destroy();
    for (const listener of this.#downListeners) listener(why);
  }

  #cannotOpen(code: string, text: string, cause?: unknown): MeterwayError {
    return new MeterwayError(`cannot open ${this.name}: ${text}`, { code, next: 'reconnect', cause });
  }
}
