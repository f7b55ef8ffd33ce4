import type { Forward, LineTiming } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import {
  commByte,
  decodeForwardReply,
  encodeForwardRequest,
  type ForwardRequest,
  gapByte,
  waitByte,
} from '../protocols/gdw376/forward.ts';
import { AFN, dtOf, type Frame, NUMBER_BITS, PASSWORD_BYTES, UP_BIT, WHOLE_BITS } from '../protocols/gdw376/frame.ts';
import { encodeFrame, REQUEST_CONTROL } from '../protocols/gdw376/frame-encode.ts';
import { FrameStream } from '../protocols/gdw376/frame-stream.ts';
import { encodeConfirm, linkKind } from '../protocols/gdw376/link-frames.ts';
import type { SupplyListener } from '../protocols/supply-event.ts';
import type { Link } from './link.ts';
import { TerminalEvents } from './terminal-events.ts';

/** A3: a master station's own frames carry a number other than 0 (Q/GDW 376.1, address field). Station 2. */
const STATION = 2 << 1;
/** Of A3: the address is that of a group. */
const GROUP_BIT = 0b1;
/** The terminal must give a meter up before this side gives up the terminal, or answers would meet later requests. */
const NETWORK_MS = 5000;
/** Longest wait that terminals grant a forwarded frame. */
const MOST_WAIT_MS = 60_000;
/** The carrier module takes the frame alone; behind an RS-485 port meters may need the FE bytes to wake up. */
const CARRIER_PORT = 31;
const PREAMBLE = 0xfe;
const NOTHING = new Uint8Array(0);

interface ForwardParts {
  /** The connection to the terminal. */
  readonly inner: Link;
  readonly forward: Forward;
  readonly timing: Pick<LineTiming, 'replyTimeoutMs' | 'byteGapMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears what the terminal tells of its own supply; without it that is dropped. */
  readonly listener?: SupplyListener | undefined;
}

/**
 * Meters behind a port of a Q/GDW 376.1 terminal: each request travels inside AFN 10 F1, and what the meter says comes
 * back inside its reply. Only reads can be written (`read_only`). Its events are told to the listener; whatever else the
 * terminal says is dropped, so a denied or failed forward ends as a request that nobody answered.
 */
export class ForwardLink implements Link {
  readonly name: string;
  readonly bitRate = null;
  readonly #parts: ForwardParts;
  readonly #request: Omit<ForwardRequest, 'inner'>;
  readonly #stream = new FrameStream();
  readonly #dropped = new Map<string, number>();
  readonly #events: TerminalEvents | null;
  #onData: (bytes: Uint8Array) => void = () => {};
  /** Number of the last request, which its reply repeats. */
  #number = 0;

  constructor(parts: ForwardParts) {
    const { inner, forward, timing, clock, listener } = parts;
    this.name = `${inner.name}, port ${forward.port} of terminal ${forward.terminal}`;
    this.#parts = parts;
    this.#request = {
      port: forward.port,
      comm: commByte(forward),
      wait: waitByte(waitOf(timing.replyTimeoutMs)),
      byteTimeout: gapByte(timing.byteGapMs),
    };
    const send = (bytes: Uint8Array): void => {
      if (inner.isOpen) inner.write(bytes);
    };
    this.#events = listener
      ? new TerminalEvents({ listener, clock, send, drop: (frame, why) => this.#drop(frame, why) })
      : null;
    inner.onData((bytes) => {
      for (const frame of this.#stream.push(bytes, clock.mono())) this.#take(frame);
    });
    inner.onDown(() => {
      this.#stream.reset();
      this.#dropped.clear();
      this.#events?.reset();
    });
  }

  get isOpen(): boolean {
    return this.#parts.inner.isOpen;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#parts.inner.open(signal);
  }

  close(): Promise<void> {
    return this.#parts.inner.close();
  }

  /** The bytes of one request to a meter. Throws MeterwayError `read_only` when they are not exactly one read. */
  write(bytes: Uint8Array): void {
    const { inner, forward } = this.#parts;
    const number = (this.#number + 1) & NUMBER_BITS;
    const request = { ...this.#request, inner: forward.port === CARRIER_PORT ? withoutPreamble(bytes) : bytes };
    // Without a time tag: a terminal whose clock is wrong would take every request for a stale one.
    const frame = encodeFrame({
      control: REQUEST_CONTROL,
      terminal: forward.terminal,
      station: STATION,
      afn: AFN.forward,
      seq: WHOLE_BITS | number,
      da: 0,
      dt: dtOf(1),
      data: encodeForwardRequest(request),
      aux: { password: new Uint8Array(PASSWORD_BYTES), events: NOTHING, tag: NOTHING },
    });
    this.#number = number;
    inner.write(frame);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#parts.inner.onDown(listener);
  }

  #take(frame: Frame): void {
    const { inner, forward } = this.#parts;
    if (frame.terminal !== forward.terminal) {
      this.#drop(frame, 'it comes from another terminal');
    } else if ((frame.station & GROUP_BIT) !== 0) {
      // A confirmation would go to the group, which the encoder refuses: that must not end the process.
      this.#drop(frame, 'it comes from a group');
    } else if (linkKind(frame) !== null) {
      if (inner.isOpen) inner.write(encodeConfirm(frame));
    } else if (frame.afn === AFN.forward && (frame.control & UP_BIT) !== 0) {
      this.#takeReply(frame);
    } else if (!this.#events?.take(frame)) {
      this.#drop(frame, frame.afn === AFN.confirm ? 'the terminal denies' : 'it is no reply to a forward');
    }
  }

  #takeReply(frame: Frame): void {
    const reply = decodeForwardReply(frame.data);
    if (frame.dt !== dtOf(1) || reply === null || (frame.seq & WHOLE_BITS) !== WHOLE_BITS) {
      this.#drop(frame, 'it is no whole reply of AFN 10 F1');
    } else if (reply.port !== this.#parts.forward.port) {
      this.#drop(frame, 'it comes from another port');
    } else if ((frame.seq & NUMBER_BITS) !== this.#number) {
      // A late one: an error reply of a meter does not say what it answers, so it must not meet the next request.
      this.#drop(frame, 'it answers another request than the last');
    } else {
      // Before the reply is handed on: the next request to a meter follows at once.
      this.#events?.fetch(frame);
      if (reply.inner.length === 0) this.#drop(frame, 'the meter did not answer the terminal');
      else this.#onData(reply.inner);
    }
  }

  /** Each kind is told once for each opening, and every one to who looks closely. */
  #drop({ afn, seq, terminal }: Frame, why: string): void {
    const { logger, forward } = this.#parts;
    const count = (this.#dropped.get(why) ?? 0) + 1;
    this.#dropped.set(why, count);
    const fields = { terminal: forward.terminal, from: terminal, afn, number: seq & NUMBER_BITS, why, count };
    logger[count === 1 ? 'info' : 'debug'](fields, 'a frame of the terminal is of no use');
  }
}

/** Time that the terminal gives the meter, ms. */
function waitOf(replyTimeoutMs: number): number {
  return Math.min(MOST_WAIT_MS, Math.max(replyTimeoutMs / 2, replyTimeoutMs - NETWORK_MS));
}

function withoutPreamble(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== PREAMBLE);
  return start < 0 ? NOTHING : bytes.subarray(start);
}
