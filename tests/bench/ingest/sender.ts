import type { Ack } from '#contract/ack.ts';
import { ROWS_AN_ENVELOPE } from './district.ts';
import { WINDOW } from './rows.ts';

/** One collector's uplink: at most `WINDOW` envelopes on their way without a commit ack. */
export class Sender {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #envelopeAt: (n: number) => Uint8Array | undefined;
  #sent = 0;
  #acked = 0;
  #until = 0;
  #reached: () => void = () => {};

  constructor(envelopeAt: (n: number) => Uint8Array | undefined, send: (bytes: Uint8Array) => void) {
    this.#envelopeAt = envelopeAt;
    this.#send = send;
  }

  /** Sends on up to envelope `until`; resolves when all of them are acknowledged. */
  sendUntil(until: number): Promise<void> {
    this.#until = until;
    this.#pump();
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  acknowledge({ upTo }: Ack): void {
    this.#acked = upTo / ROWS_AN_ENVELOPE;
    this.#pump();
    if (this.#acked === this.#until) this.#reached();
  }

  #pump(): void {
    for (; this.#sent < this.#until && this.#sent - this.#acked < WINDOW; this.#sent++) {
      const bytes = this.#envelopeAt(this.#sent);
      // The broker hands over one message at a time.
      if (bytes) setImmediate(() => this.#send(bytes));
    }
  }
}
