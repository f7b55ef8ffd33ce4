/**
 * How many connections each user has. A collector needs one, and for a moment two, when it comes back before the old
 * connection is known to be dead; without a limit, one stolen password could take every place there is.
 */
export class Seats {
  readonly #most: number;
  readonly #taken = new Map<string, Set<object>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** False when the user has all it may have. */
  take(user: string, connection: object): boolean {
    const taken = this.#taken.get(user) ?? new Set();
    if (taken.size >= this.#most) return false;
    this.#taken.set(user, taken.add(connection));
    return true;
  }

  leave(user: string, connection: object): void {
    this.#taken.get(user)?.delete(connection);
  }
}
