import { Worker } from 'node:worker_threads';
import type { Ack } from '#contract/ack.ts';

export type FromCentre =
  | { readonly kind: 'ack'; readonly ack: Ack }
  | { readonly kind: 'told'; readonly old: number; readonly delaysMs: readonly number[] };

type Told = Extract<FromCentre, { kind: 'told' }>;

/** A centre in a thread of its own, as the real one is a process of its own. */
export class CentreThread {
  onAck: (ack: Ack) => void = () => {};
  readonly #worker = new Worker(new URL('./centre-thread.ts', import.meta.url));
  readonly #asked: ((told: Told) => void)[] = [];

  constructor() {
    this.#worker.on('message', (message: FromCentre) => {
      if (message.kind === 'ack') this.onAck(message.ack);
      else this.#asked.shift()?.(message);
    });
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  send(text: string): void {
    this.#worker.postMessage(text);
  }

  /** Old rows that came, repetitions included, and how long each live row took, ms. */
  told(): Promise<Told> {
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#worker.postMessage(null);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
