import type { PlanLine } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { Bus } from '../lines/bus.ts';
import type { BusCounters } from '../lines/bus-counters.ts';
import { DialIns } from '../lines/dial-in-listeners.ts';
import type { Exchanger, Scan } from '../lines/exchange.ts';
import type { Link } from '../lines/link.ts';
import { linkOf } from '../lines/plan-link.ts';

/** Terminals call again within a minute or two of a lost connection. */
const DIAL_IN_MS = 120_000;

const nothing = (): void => {};
/** What goes wrong is told by the command itself. */
const NO_LOG: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

/** Bytes that went over a link in one direction without a break by the other. */
interface Traffic {
  readonly direction: 'sent' | 'received';
  /** Of the first byte, UTC ms. */
  readonly at: number;
  readonly bytes: Uint8Array;
}
export type OnTraffic = (traffic: Traffic) => void;

/** An open line, with one command as its only user. */
export interface Wire {
  readonly name: string;
  readonly exchanger: Exchanger;
  readonly counters: Readonly<BusCounters>;
  readonly isOpen: boolean;
  close(): Promise<void>;
}

interface WireParts {
  readonly line: PlanLine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Time zone of the site: a terminal that dials in is told the time. */
  readonly zone: string;
  readonly onTraffic?: OnTraffic | undefined;
}

/**
 * Opens a line's link for a command. Rejects with a MeterwayError that says why it cannot be opened; when `signal` aborts,
 * the link is closed and the open request rejects with ReadError `line_down`.
 */
export async function openWire({ line, clock, signal, zone, onTraffic }: WireParts): Promise<Wire> {
  const dialIns = new DialIns({ clock, logger: NO_LOG, zone: () => zone });
  const plain = linkOf(line, clock, dialIns, NO_LOG);
  const link = onTraffic ? new TracedLink(plain, clock, onTraffic) : plain;
  const isDialIn = 'dialIn' in line.link;
  const downReason = line.concentrator === null ? 'line_down' : 'concentrator_offline';
  const bus = new Bus({ link, timing: line.timing, clock, downReason });
  try {
    await (isDialIn ? openPatiently(link, clock, signal) : link.open(signal));
  } catch (error) {
    await dialIns.close();
    throw error;
  }
  const onAbort = (): void => void link.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const exchanger = link instanceof TracedLink ? flushing(bus, link) : bus;
  return {
    name: link.name,
    exchanger,
    counters: bus.counters,
    get isOpen() {
      return link.isOpen;
    },
    close: async () => {
      signal.removeEventListener('abort', onAbort);
      if (link instanceof TracedLink) link.flush();
      await link.close();
      await dialIns.close();
    },
  };
}

/** Waits for a terminal to dial in. Rejects with what the last try said. */
async function openPatiently(link: Link, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.mono() + DIAL_IN_MS;
  for (;;) {
    try {
      await link.open(signal);
      return;
    } catch (error) {
      const isAbsent = error instanceof MeterwayError && error.code === 'terminal_absent';
      if (!isAbsent || signal.aborted || clock.mono() >= end) throw error;
    }
  }
}

/** What was received is told when the exchange has ended, in one piece. */
function flushing(inner: Exchanger, link: TracedLink): Exchanger {
  return {
    exchange: async <T>(request: Uint8Array, scan: Scan<T>): Promise<T> => {
      try {
        return await inner.exchange(request, scan);
      } finally {
        link.flush();
      }
    },
  };
}

/** Tells of every byte that goes over a link. */
class TracedLink implements Link {
  readonly name: string;
  readonly bitRate: number | null;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #onTraffic: OnTraffic;
  #received: Uint8Array[] = [];
  #receivedAt = 0;

  constructor(link: Link, clock: Clock, onTraffic: OnTraffic) {
    this.name = link.name;
    this.bitRate = link.bitRate;
    this.#link = link;
    this.#clock = clock;
    this.#onTraffic = onTraffic;
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#link.open(signal);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  write(bytes: Uint8Array): void {
    this.flush();
    this.#onTraffic({ direction: 'sent', at: this.#clock.now(), bytes });
    this.#link.write(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#link.onData((bytes) => {
      if (this.#received.length === 0) this.#receivedAt = this.#clock.now();
      this.#received.push(bytes);
      listener(bytes);
    });
  }

  onDown(listener: (why: string) => void): void {
    this.#link.onDown(listener);
  }

  flush(): void {
    if (this.#received.length === 0) return;
    const bytes = Buffer.concat(this.#received);
    this.#received = [];
    this.#onTraffic({ direction: 'received', at: this.#receivedAt, bytes });
  }
}
