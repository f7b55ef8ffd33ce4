/**
 * Work that may run side by side, and work that must run alone. What must run alone waits for all that runs, and all
 * that comes later waits for it. Work inside must not enter the gate again.
 */
export class Gate {
  readonly #running = new Set<Promise<unknown>>();
  #alone: Promise<unknown> = Promise.resolve();

  shared<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#alone.then(work);
    const settled: Promise<unknown> = running.catch(() => {}).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return running;
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    const running = Promise.all([this.#alone, ...this.#running]).then(work);
    this.#alone = running.catch(() => {});
    return running;
  }
}
