import { MeterwayError } from '#platform/errors.ts';

/** The calls of a store that run, so that closing it waits for them and refuses what comes later. */
export class RunningWork {
  readonly #running = new Set<Promise<unknown>>();
  #ended = false;

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended) {
      return Promise.reject(new MeterwayError('cannot use the store: it is closed', { code: 'store_closed' }));
    }
    const running = work();
    const forget = (): void => {
      this.#running.delete(settled);
    };
    const settled: Promise<void> = running.then(forget, forget);
    this.#running.add(settled);
    return running;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#running);
  }
}
