import { SerialPort } from 'serialport';
import type { SerialLink as SerialSettings } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Link } from './link.ts';
import { portsThere } from './port-hints.ts';
import { serialFault } from './system-fault.ts';

const OPEN_MS = 5000;
/** Closing can hang in the driver when bytes cannot be sent off. */
const CLOSE_MS = 2000;

const nameOf = ({ path, baudRate, dataBits, parity, stopBits }: SerialSettings): string =>
  `serial ${path} ${baudRate} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`;

/** One serial port, held with an exclusive lock. Any read or write error ends it: drivers differ in which they mean. */
export class SerialLink implements Link {
  readonly name: string;
  readonly bitRate: number;
  readonly #settings: SerialSettings;
  readonly #clock: Clock;
  readonly #downListeners: ((why: string) => void)[] = [];
  #port: SerialPort | null = null;
  #opening = false;
  /** Settles when the port of the last opening is free again. */
  #released: Promise<void> = Promise.resolve();
  #onData: (bytes: Uint8Array) => void = () => {};

  constructor(settings: SerialSettings, clock: Clock) {
    this.name = nameOf(settings);
    this.bitRate = settings.baudRate;
    this.#settings = settings;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#port !== null;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#downListeners.push(listener);
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#port !== null || this.#opening) throw new Error(`BUG: ${this.name} is open or opening already`);
    this.#opening = true;
    try {
      await this.#released;
      if (signal.aborted) throw this.#cannotOpen('link_aborted', 'stopped');
      // A new object each time: one that lost its port keeps listeners of the lost reads.
      const port = new SerialPort({ ...this.#settings, autoOpen: false, lock: true });
      await this.#opened(port, signal);
      this.#use(port);
    } finally {
      this.#opening = false;
    }
  }

  write(bytes: Uint8Array): void {
    if (this.#port === null) {
      throw new MeterwayError(`cannot write to ${this.name}: not open`, { code: 'link_closed', next: 'reconnect' });
    }
    this.#port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  close(): Promise<void> {
    if (this.#port !== null) this.#lost(this.#port, 'link_closed: closed here');
    return this.#released;
  }

  /** The binding cannot be told to stop opening: a port that opens after all is closed again before the next try. */
  #opened(port: SerialPort, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let onLate: (() => void) | null = null;
      const settle = (): void => {
        cancelDeadline();
        signal.removeEventListener('abort', onAbort);
      };
      const giveUp = (code: string, text: string): void => {
        settle();
        this.#released = new Promise((released) => {
          const cancel = this.#clock.after(`close ${this.name}`, CLOSE_MS, released);
          onLate = () => {
            cancel();
            released();
          };
        });
        reject(this.#cannotOpen(code, text));
      };
      const onAbort = (): void => giveUp('link_aborted', 'stopped');
      const cancelDeadline = this.#clock.after(`open ${this.name}`, OPEN_MS, () =>
        giveUp('port_stuck', `no answer from the driver within ${OPEN_MS} ms`),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      port.on('error', () => {});
      port.open((error) => {
        if (onLate !== null) {
          if (error) onLate();
          else void this.#release(port).then(onLate);
          return;
        }
        settle();
        if (error) {
          const { code, text } = serialFault(error.message);
          reject(this.#cannotOpen(code, code === 'port_missing' ? text + portsThere() : text, error));
        } else {
          resolve();
        }
      });
    });
  }

  #use(port: SerialPort): void {
    this.#port = port;
    port.removeAllListeners('error');
    port.on('error', (error) => this.#lost(port, whyOf(error)));
    port.on('close', (error: unknown) => this.#lost(port, whyOf(error)));
    port.on('data', (bytes: Buffer) => this.#onData(bytes));
    this.#watch(port);
  }

  /**
   * A port that goes while it is being read gives "0 bytes", which the binding answers by reading again, for ever and
   * at full speed. Its poller, asked for it, sees the hang-up at any moment. Windows has no poller and no such loop.
   */
  #watch(port: SerialPort): void {
    const binding = port.port;
    if (binding === undefined || !('poller' in binding)) return;
    binding.poller.once('disconnect', (error) => {
      // A poller that is stopped says so to everybody; the reason then comes with the port's own events.
      if (error === null || !('canceled' in error)) this.#lost(port, whyOf(error ?? new Error('bad file')));
    });
  }

  /** Once for each opening, whichever event comes first. */
  #lost(port: SerialPort, why: string): void {
    if (this.#port !== port) return;
    this.#port = null;
    port.removeAllListeners('data');
    this.#released = this.#release(port);
    for (const listener of this.#downListeners) listener(why);
  }

  /** Resolves when the port is closed, or after a deadline: then the next opening says that it is still held. */
  #release(port: SerialPort): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(`close ${this.name}`, CLOSE_MS, resolve);
      port.once('close', done);
      if (port.isOpen) port.close(done);
      else if (!port.closing) done();
    });
  }

  #cannotOpen(code: string, text: string, cause?: unknown): MeterwayError {
    return new MeterwayError(`cannot open ${this.name}: ${text}`, { code, next: 'reconnect', cause });
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'link_closed: port closed';
  const { code, text } = serialFault(messageOf(error));
  return `${code}: ${text}`;
}
