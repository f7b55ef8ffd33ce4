import { timeBytes } from '../dlt645/bcd.ts';
import type { TerminalSpec } from '../world/spec.ts';
import { type ForwardRequest, forwardReply, readForward, TIME_TAG } from './forward.ts';
import { CONTROL, encodePacket, type Packet, SEQ } from './packet.ts';

const AFN_CONFIRM = 0x00;
const AFN_FORWARD = 0x10;
/** Functions of a packet from the side that answers: confirmation, user data. */
const CONFIRM = 0;
const USER_DATA = 8;
/** Point 0, F2: denied. */
const DENIED = [0x00, 0x00, 0x02, 0x00];

/** What a concentrator needs of the place where it stands. */
export interface ConcentratorSite {
  readonly terminal: TerminalSpec;
  now(): number;
  /** Hands a frame to the bus; `done` is called once, with null when no meter answered within the time. */
  forward(frame: Uint8Array, waitMs: number, done: (reply: Uint8Array | null) => void): void;
  /** True while it takes no notice of forwards. */
  ignoresForwards(): boolean;
}

/** A Q/GDW 376.1 terminal as a master sees it: it forwards, one frame after another, and denies everything else. */
export class Concentrator {
  readonly #site: ConcentratorSite;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(site: ConcentratorSite) {
    this.#site = site;
  }

  /** Packets for another terminal, and confirmations, are not answered. */
  receive(packet: Packet, send: (bytes: Uint8Array) => void): void {
    const { terminal } = this.#site;
    const asked = packet.control & CONTROL.asks && !(packet.control & CONTROL.up) && packet.afn !== AFN_CONFIRM;
    if (!asked || packet.terminal !== terminal.address) return;
    const timeTag = (packet.seq & SEQ.timeTag) !== 0;
    const forward = packet.afn === AFN_FORWARD ? readForward(packet.data, timeTag) : undefined;
    if (packet.afn === AFN_FORWARD && this.#site.ignoresForwards()) return;
    if (forward?.port === terminal.port) this.#enqueue(packet, forward, send);
    else send(this.#packet(packet, { fn: CONFIRM, afn: AFN_CONFIRM, data: DENIED }));
  }

  #enqueue(packet: Packet, request: ForwardRequest, send: (bytes: Uint8Array) => void): void {
    this.#waiting.push(() =>
      this.#site.forward(request.frame, request.waitMs, (reply) => {
        const answer = this.#answer(packet, request, reply);
        if (answer) send(answer);
        this.#busy = false;
        this.#next();
      }),
    );
    this.#next();
  }

  #next(): void {
    while (!this.#busy) {
      const run = this.#waiting.shift();
      if (!run) return;
      this.#busy = true;
      run();
    }
  }

  #answer(packet: Packet, { port }: ForwardRequest, reply: Uint8Array | null): Uint8Array | undefined {
    const { onSilence } = this.#site.terminal;
    if (!reply && onSilence === 'silent') return undefined;
    if (!reply && onSilence === 'deny') return this.#packet(packet, { fn: CONFIRM, afn: AFN_CONFIRM, data: DENIED });
    const data = forwardReply(port, reply ?? new Uint8Array());
    return this.#packet(packet, { fn: USER_DATA, afn: AFN_FORWARD, data });
  }

  /** Event counters come along while events wait; the time tag of a request is answered with the terminal's own time. */
  #packet(
    request: Packet,
    { fn, afn, data }: { readonly fn: number; readonly afn: number; readonly data: readonly number[] },
  ): Uint8Array {
    const counters = this.#site.terminal.eventCounters;
    const tag = request.seq & SEQ.timeTag ? request.data.subarray(-TIME_TAG) : undefined;
    const time = tag ? [tag[0] ?? 0, ...timeBytes(this.#site.now(), 'smhD'), tag[5] ?? 0] : [];
    return encodePacket({
      control: CONTROL.up | (counters ? CONTROL.events : 0) | fn,
      terminal: request.terminal,
      master: request.master,
      afn,
      seq: request.seq & ~SEQ.confirm,
      data: Uint8Array.from([...data, ...(counters ?? []), ...time]),
    });
  }
}
