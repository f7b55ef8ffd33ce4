import type { DialInLink as Endpoint } from '#contract/plan.ts';
import { DialInListener, type DialInParts } from './dial-in-listener.ts';
import type { Place } from './dial-in-listener-place.ts';

/**
 * All ports of the process that terminals dial in to. It outlives plans: a terminal stays logged in while the lines are
 * set up anew.
 */
export class DialIns {
  readonly #parts: DialInParts;
  readonly #listeners = new Map<number, DialInListener>();

  constructor(parts: DialInParts) {
    this.#parts = parts;
  }

  /** The place of a terminal; nothing is listened to before it is asked for. */
  place({ port, terminal }: Endpoint): Place {
    let listener = this.#listeners.get(port);
    if (!listener) {
      listener = new DialInListener(port, this.#parts, () => void this.#listeners.delete(port));
      this.#listeners.set(port, listener);
    }
    return listener.place(terminal);
  }

  /** Hangs up on everybody; resolves when every port is free again. */
  async close(): Promise<void> {
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}
