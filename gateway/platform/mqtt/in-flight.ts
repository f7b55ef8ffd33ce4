/** More than a packet id can tell apart are never on their way. */
const NO_LIMIT = 65_535;

/**
 * Messages that wait for their PUBACK. A broker of MQTT 5 says how many it takes at a time (Receive Maximum, section
 * 3.3.4) and may end a connection that sends more; the others wait here for their turn.
 */
export class InFlight {
  #limit = NO_LIMIT;
  readonly #sent = new Set<(cause: Error) => void>();
  readonly #waiting = new Map<(cause: Error) => void, () => void>();

  /** A connection begins. */
  limit(receiveMaximum: number | undefined): void {
    this.#limit = receiveMaximum ?? NO_LIMIT;
  }

  /** Runs `send` now or when it is its turn. `lost` is called when the connection ends before `done`. */
  begin(lost: (cause: Error) => void, send: () => void): void {
    if (this.#sent.size < this.#limit) {
      this.#sent.add(lost);
      send();
    } else this.#waiting.set(lost, send);
  }

  /** Named by its `lost`: acknowledged, refused or given up. */
  done(lost: (cause: Error) => void): void {
    this.#waiting.delete(lost);
    if (!this.#sent.delete(lost)) return;
    for (const [next, send] of this.#waiting) {
      this.#waiting.delete(next);
      this.#sent.add(next);
      send();
      return;
    }
  }

  /** The connection ended: nothing is known of these any more, and sending them again is up to their senders. */
  lose(cause: Error): void {
    const all = [...this.#sent, ...this.#waiting.keys()];
    this.#sent.clear();
    this.#waiting.clear();
    for (const lost of all) lost(cause);
  }
}
