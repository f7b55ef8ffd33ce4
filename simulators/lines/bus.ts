import type { Cancel, SimClock } from '../clock/sim-clock.ts';
import { unit } from '../load/hash.ts';
import type { LineTiming } from '../world/spec.ts';

/** Start bit, eight data bits, parity or a second stop bit, stop bit. */
const BITS_PER_BYTE = 11;

export interface BusAnswer {
  readonly bytes: Uint8Array;
  /** Added to the usual delay. */
  readonly delayMs: number;
  /** Comes after the master has given up: it does not keep the bus busy while it is waited for. */
  readonly late: boolean;
}

export interface BusJob {
  readonly requestBytes: number;
  /** Called when the request has its turn; null = nobody answers. */
  answer(): BusAnswer | null;
  send(bytes: Uint8Array): void;
}

/** Counted since the bus was made. */
export interface BusStats {
  readonly requests: number;
  readonly replies: number;
  /** Requests that nobody answered. */
  readonly unanswered: number;
  /** Requests that came while another one was in flight: on a real half-duplex bus a collision. */
  readonly overlaps: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/**
 * Time on one half-duplex line: one request in flight, wire time of request and reply, and the time a meter thinks. A
 * request that comes too early waits its turn and is counted as an overlap.
 */
export class Bus {
  readonly #timing: LineTiming;
  readonly #clock: SimClock;
  readonly #seed: number;
  readonly #queue: BusJob[] = [];
  readonly #timers = new Set<Cancel>();
  #busy = false;
  #closed = false;
  #stats = { requests: 0, replies: 0, unanswered: 0, overlaps: 0, bytesIn: 0, bytesOut: 0 };

  constructor(timing: LineTiming, clock: SimClock, seed: number) {
    this.#timing = timing;
    this.#clock = clock;
    this.#seed = seed;
  }

  get stats(): BusStats {
    return { ...this.#stats };
  }

  submit(job: BusJob): void {
    if (this.#closed) return;
    this.#stats.requests += 1;
    this.#stats.bytesIn += job.requestBytes;
    if (this.#busy) {
      this.#stats.overlaps += 1;
      this.#queue.push(job);
      return;
    }
    this.#run(job);
    this.#drain();
  }

  /** Forgets everything that is still to be sent. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #drain(): void {
    while (!this.#busy) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#run(job);
    }
  }

  #run(job: BusJob): void {
    const answer = job.answer();
    const requestMs = this.#wireMs(job.requestBytes);
    if (!answer) {
      this.#stats.unanswered += 1;
      this.#occupy(requestMs, () => {});
      return;
    }
    const [least, most] = this.#timing.replyDelayMs;
    const thinkMs = least + (most - least) * unit(this.#seed, this.#stats.requests) + answer.delayMs;
    const totalMs = requestMs + thinkMs + this.#wireMs(answer.bytes.length);
    const deliver = (): void => {
      this.#stats.replies += 1;
      this.#stats.bytesOut += answer.bytes.length;
      job.send(answer.bytes);
    };
    if (answer.late) {
      this.#after(totalMs, deliver);
      this.#occupy(requestMs, () => {});
    } else this.#occupy(totalMs, deliver);
  }

  #occupy(ms: number, then: () => void): void {
    if (ms <= 0) {
      then();
      return;
    }
    this.#busy = true;
    this.#after(ms, () => {
      this.#busy = false;
      then();
      this.#drain();
    });
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #wireMs(bytes: number): number {
    return this.#timing.baudRate === null ? 0 : (bytes * BITS_PER_BYTE * 1000) / this.#timing.baudRate;
  }
}
