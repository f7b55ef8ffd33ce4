/** A short queue between two steps that work side by side: neither may run far ahead of the other. */
export class Handover<T> {
  readonly #most: number;
  #items: T[] = [];
  #closed = false;
  #isWanted = false;
  #changed = Promise.withResolvers<void>();

  /** `most` items may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when one more may be put. */
  async room(): Promise<void> {
    while (this.#items.length >= this.#most && !this.#closed) await this.#changed.promise;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#isWanted = false;
    this.#wake();
  }

  /** Resolves when the taker waits and there is nothing for it. */
  async wanted(): Promise<void> {
    while (!this.#isWanted && !this.#closed) await this.#changed.promise;
  }

  /** Everything that waits, at most `most` items; waits until there is something. Empty when nothing will ever come. */
  async take(most: number): Promise<T[]> {
    while (this.#items.length === 0 && !this.#closed) {
      this.#isWanted = true;
      this.#wake();
      await this.#changed.promise;
    }
    const taken = this.#items.slice(0, most);
    this.#items = this.#items.slice(most);
    this.#wake();
    return taken;
  }

  /** What waits can still be taken; nobody waits any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
