import type { LineTiming } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import { messageOf, type Next } from '#platform/errors.ts';
import type { ExchangeEnd } from './address-health.ts';
import { type Call, endOf, NOTHING, newCall } from './bus-call.ts';
import { type BusCounters, noCounts } from './bus-counters.ts';
import type { Exchanger, Scan } from './exchange.ts';
import { LineSilence } from './line-silence.ts';
import type { Link } from './link.ts';
import { ReadError } from './read-error.ts';

/** Start, eight data bits, parity or second stop bit, stop: the longest character in use. A bit too many per byte
 * moves a deadline by a few milliseconds, a bit too few could end a reply that is on its way. */
const BITS_PER_BYTE = 11;
/** Longest reply of any protocol here: a Modbus RTU frame of 256 bytes, DL/T 645 with leading FE bytes is shorter. */
const LONGEST_REPLY = 280;
/** More than any reply and a few strays: a scan that still wants more is being fed garbage. */
const MOST_RECEIVED = 4096;

interface BusOptions {
  readonly link: Link;
  readonly timing: LineTiming;
  readonly clock: Clock;
  /** What a lost link means to the meters behind it. */
  readonly downReason: 'line_down' | 'concentrator_offline';
  /** Called at the end of each exchange that was sent; monotonic ms. */
  readonly onEnd?: (end: ExchangeEnd, from: number, to: number) => void;
}

/**
 * A timer that runs out so late shows that the process was held up: replies that came meanwhile may not have been
 * handed over yet, for which this time is given once, ms.
 */
const HELD_UP_MS = 100;
const HAND_OVER_MS = 20;

/**
 * One request in flight on one link: silence before the request, deadlines for the reply, draining after a failure.
 * Knows nothing of frames; the protocol's scan does. Every exchange settles, whatever the link does.
 */
export class Bus implements Exchanger {
  readonly #link: Link;
  readonly #timing: LineTiming;
  readonly #clock: Clock;
  readonly #downReason: BusOptions['downReason'];
  readonly #silence: LineSilence;
  readonly #onEnd: BusOptions['onEnd'];
  readonly #byteMs: number;
  readonly #timerName: string;
  readonly #counters = noCounts();
  #call: Call | null = null;
  #received: Uint8Array = NOTHING;
  #wakeAt = 0;
  #timerAt = 0;
  /** The link has been closed since the last request: what was sent before may still be answered over it. */
  #isFresh: boolean;
  #cancelTimer: Cancel | null = null;

  constructor({ link, timing, clock, downReason, onEnd }: BusOptions) {
    this.#link = link;
    this.#onEnd = onEnd;
    this.#timing = timing;
    this.#clock = clock;
    this.#downReason = downReason;
    this.#silence = new LineSilence(timing);
    this.#byteMs = link.bitRate === null ? 0 : (BITS_PER_BYTE * 1000) / link.bitRate;
    this.#timerName = `bus ${link.name}`;
    link.onData((bytes) => this.#take(bytes));
    this.#isFresh = !link.isOpen;
    link.onDown((why) => {
      this.#isFresh = true;
      this.#fail(clock.mono(), downReason, why, 'reconnect');
    });
  }

  get counters(): Readonly<BusCounters> {
    return this.#counters;
  }

  exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#call !== null) {
        reject(new Error(`BUG: ${this.#link.name} got a request while another one is open`));
        return;
      }
      this.#call = newCall(request, scan, this.#clock.mono(), resolve as (value: unknown) => void, reject);
      this.#proceed(this.#call, this.#call.startedAt);
    });
  }

  #proceed(call: Call, now: number): void {
    if (!this.#link.isOpen) {
      this.#fail(now, this.#downReason, 'link is closed', 'reconnect');
      return;
    }
    if (this.#isFresh) this.#silence.disturbed(now);
    this.#isFresh = false;
    const wait = this.#silence.wait(now);
    if (wait === 0) {
      this.#send(call, now);
      return;
    }
    const { replyTimeoutMs, quietMs, pauseMs } = this.#timing;
    const longest = replyTimeoutMs + 10 * (quietMs + pauseMs);
    if (now - call.startedAt >= longest) {
      this.#counters.damaged++;
      this.#fail(now, 'crc_error', `line not silent for ${Math.round(now - call.startedAt)} ms`, 'reconnect');
      return;
    }
    this.#arm(now + wait);
  }

  #send(call: Call, now: number): void {
    const onWireUntil = now + call.request.length * this.#byteMs;
    this.#silence.spoken(onWireUntil);
    this.#counters.requests++;
    this.#counters.bytesOut += call.request.length;
    call.sent = true;
    call.onWireUntil = onWireUntil;
    call.firstBy = onWireUntil + this.#timing.replyTimeoutMs;
    call.lastBy = call.firstBy + this.#timing.replyTimeoutMs + LONGEST_REPLY * this.#byteMs;
    this.#arm(call.firstBy);
    try {
      this.#link.write(call.request);
    } catch (error) {
      if (this.#call === call) this.#fail(now, this.#downReason, messageOf(error), 'reconnect');
    }
  }

  #take(bytes: Uint8Array): void {
    const now = this.#clock.mono();
    const counters = this.#counters;
    this.#silence.heard(now);
    counters.bytesIn += bytes.length;
    const call = this.#call;
    if (call === null || !call.sent) {
      counters.strays++;
      counters.bytesDropped += bytes.length;
      return;
    }
    if (call.heardAt === 0) call.heardAt = now;
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    try {
      while (this.#scanOnce(call, now));
    } catch (error) {
      this.#silence.disturbed(now);
      this.#settle(now, 'damaged');
      call.reject(error);
    }
  }

  /** True when a stray was taken off and more bytes remain to be looked at. */
  #scanOnce(call: Call, now: number): boolean {
    const received = this.#received;
    const verdict = call.scan(received);
    switch (verdict.kind) {
      case 'frame':
        this.#counters.replies++;
        this.#counters.bytesDropped += received.length - verdict.used;
        this.#settle(now, 'reply');
        call.resolve(verdict.value);
        return false;
      case 'damaged':
        this.#counters.damaged++;
        this.#fail(now, verdict.reason, verdict.detail, verdict.next, verdict.answered);
        return false;
      case 'stray':
        if (verdict.used < 1) throw new Error('BUG: a stray of no bytes');
        this.#counters.strays++;
        call.strays++;
        if (verdict.reason === 'wrong_address') call.foreign++;
        this.#drop(call, verdict.used);
        if (this.#received.length > 0) return true;
        this.#arm(call.firstBy);
        return false;
      case 'more':
        if (received.length > MOST_RECEIVED) {
          this.#counters.damaged++;
          this.#fail(now, 'malformed', `${received.length} bytes without a frame`);
          return false;
        }
        this.#await(call, now, verdict);
        return false;
    }
  }

  /** Noise before the reply is not its beginning: only what may be that must go on within the byte gap. */
  #await(call: Call, now: number, { used = 0, begun = true }: { used?: number; begun?: boolean }): void {
    if (used > 0) {
      this.#counters.bytesDropped += used;
      this.#drop(call, used);
    }
    const isPartial = begun && this.#received.length > 0;
    this.#arm(isPartial ? Math.min(call.lastBy, now + this.#timing.byteGapMs) : call.firstBy);
  }

  #drop(call: Call, count: number): void {
    call.lastDropped = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    if (this.#received.length === 0) call.heardAt = 0;
  }

  #expire(call: Call, now: number): void {
    const { length } = this.#received;
    if (length > 0) {
      this.#counters.damaged++;
      this.#fail(now, 'crc_error', `reply broke off after ${length} bytes`);
      return;
    }
    this.#counters.timeouts++;
    this.#received = call.lastDropped;
    const only = call.strays > 0 && call.foreign === call.strays;
    const others = call.strays === 0 ? '' : `, ${call.strays} other replies`;
    this.#fail(now, only ? 'wrong_address' : 'no_answer', `timeout ${this.#timing.replyTimeoutMs} ms${others}`);
  }

  #fail(now: number, reason: Reason, detail: string, next: Next = 'retry', answered = false): void {
    const call = this.#call;
    if (call === null) return;
    if (call.sent) this.#silence.disturbed(now);
    const error = new ReadError(reason, detail, { next, answered, lastBytes: this.#received });
    this.#settle(now, answered ? 'reply' : endOf(reason));
    call.reject(error);
  }

  #settle(now: number, kind: ExchangeEnd['kind']): void {
    const call = this.#call;
    if (call !== null) {
      this.#counters.busyMs += now - call.startedAt;
      const replyMs = call.heardAt === 0 ? null : Math.max(0, call.heardAt - call.onWireUntil);
      if (call.sent) this.#onEnd?.({ kind, replyMs }, call.startedAt, now);
    }
    this.#call = null;
    this.#received = NOTHING;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** Wakes at `at`. A timer that runs out earlier is kept and set again then: chunks only ever move a deadline away. */
  #arm(at: number): void {
    this.#wakeAt = at;
    if (this.#cancelTimer !== null && this.#timerAt <= at) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer = this.#clock.after(this.#timerName, at - this.#clock.mono(), this.#wake);
  }

  readonly #wake = (): void => {
    this.#cancelTimer = null;
    const call = this.#call;
    if (call === null) return;
    const now = this.#clock.mono();
    if (now < this.#wakeAt) {
      this.#arm(this.#wakeAt);
    } else if (!call.sent) {
      this.#proceed(call, now);
    } else if (now - this.#wakeAt > HELD_UP_MS && !call.wasHeldUp) {
      call.wasHeldUp = true;
      this.#arm(now + HAND_OVER_MS);
    } else {
      this.#expire(call, now);
    }
  };
}
