import type { Ack } from '#contract/ack.ts';
import { ROWS_AN_ENVELOPE, type Stream } from './district.ts';
import { reading, rowsEnvelope, slotAt } from './rows.ts';

const ROWS = 50;
const EVERY_MS = 100;

/** A collector that is not behind: a few of its meters answer ten times a second, and each answer is waited for. */
export class LiveSender {
  /** From the sending of an envelope to its commit ack, ms. */
  readonly delaysMs: number[] = [];
  readonly #stream: Stream;
  readonly #firstSlot: number;
  readonly #firstMeter: number;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #waiting: { readonly upTo: number; readonly sentAt: number }[] = [];
  #sent = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `firstMeter` is the place of the first of the stream's meters in the district. */
  constructor(stream: Stream, firstMeter: number, firstSlot: number, send: (bytes: Uint8Array) => void) {
    this.#stream = stream;
    this.#firstMeter = firstMeter;
    this.#firstSlot = firstSlot;
    this.#send = send;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sendSome(), EVERY_MS);
  }

  /** Sends no more. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Envelopes without an ack. */
  get open(): number {
    return this.#waiting.length;
  }

  acknowledge({ upTo }: Ack): void {
    while (this.#waiting[0] && this.#waiting[0].upTo <= upTo) {
      this.delaysMs.push(performance.now() - this.#waiting[0].sentAt);
      this.#waiting.shift();
    }
  }

  #sendSome(): void {
    const n = this.#sent++;
    const slot = this.#firstSlot + Math.floor((n * ROWS) / ROWS_AN_ENVELOPE);
    const from = (n * ROWS) % ROWS_AN_ENVELOPE;
    const meters = this.#stream.meters.slice(from, from + ROWS);
    const rows = meters.map(({ id }, i) => reading(id, this.#firstMeter + from + i, slot));
    this.#waiting.push({ upTo: (n + 1) * ROWS, sentAt: performance.now() });
    this.#send(rowsEnvelope(n * ROWS + 1, slotAt(slot) + 70_000, rows));
  }
}
