import type { Arrival } from './arrival.ts';

/** Rows that may wait for the stores. Beyond it new messages are turned away; their senders will repeat them. */
const MAX_ROWS = 50_000;

/** Bounded queue between the broker and the stores: a slow store slows the senders, never the memory. */
export class Inbox {
  readonly #arrivals: Arrival[] = [];
  #rows = 0;
  #wake: () => void = () => {};
  #closed = false;

  get rows(): number {
    return this.#rows;
  }

  /** False when there is no room. An un-acked envelope is sent again, so turning it away loses nothing. */
  put(arrival: Arrival): boolean {
    if (this.#rows + arrival.rows > MAX_ROWS) return false;
    this.#arrivals.push(arrival);
    this.#rows += arrival.rows;
    this.#wake();
    return true;
  }

  /** Lets `take` return empty-handed instead of waiting. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /**
   * Arrivals for one group, at most about `rows` rows. Waits for a full group, but once `wanted` resolves only until
   * there is anything at all: what need not hurry goes in larger groups. Empty when the inbox is closed.
   */
  async take(rows: number, wanted: Promise<void> = Promise.resolve()): Promise<Arrival[]> {
    let hurry = false;
    void wanted.then(() => {
      hurry = true;
      this.#wake();
    });
    while (!this.#closed && (this.#arrivals.length === 0 || (!hurry && this.#rows < rows))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken: Arrival[] = [];
    let count = 0;
    for (
      let next = this.#arrivals[0];
      next && (taken.length === 0 || count + next.rows <= rows);
      next = this.#arrivals[0]
    ) {
      this.#arrivals.shift();
      taken.push(next);
      count += next.rows;
    }
    this.#rows -= count;
    return taken;
  }
}
