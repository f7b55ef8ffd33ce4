import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { Dice } from './dice.ts';
import { DAY, HOUR } from './site.ts';

/** Something that reaches the centre at a time: evidence, or the moment at which a meter is asked by a probe. */
export type Arrival =
  | { readonly at: number; readonly evidence: Evidence }
  | { readonly at: number; readonly probed: number };

/** Buckets of this length are sorted when their time has come. */
export const BUCKET_MS = 60_000;

/** What is on its way to the centre. */
export class Delivery {
  readonly #dice: Dice;
  readonly #buckets = new Map<number, Arrival[]>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Sends it on a way that loses, doubles and delays. */
  send(evidence: Evidence, notBefore: number): void {
    if (this.#dice.chance(0.05)) return;
    this.#put({ evidence, at: notBefore + this.#delayMs() });
    if (this.#dice.chance(0.05)) this.#put({ evidence, at: notBefore + this.#delayMs() });
  }

  /** The centre's own knowledge arrives at once. */
  tell(evidence: Evidence, at: number): void {
    this.#put({ evidence, at });
  }

  probe(meter: number, at: number): void {
    this.#put({ probed: meter, at });
  }

  /** What arrives in the bucket that begins at `from`, in the order of arrival. */
  arrivals(from: number): Arrival[] {
    const key = Math.floor(from / BUCKET_MS);
    const found = this.#buckets.get(key) ?? [];
    this.#buckets.delete(key);
    return found.sort((a, b) => a.at - b.at);
  }

  #put(arrival: Arrival): void {
    const key = Math.floor(arrival.at / BUCKET_MS);
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.push(arrival);
    else this.#buckets.set(key, [arrival]);
  }

  #delayMs(): number {
    const kind = this.#dice.between(0, 1);
    if (kind < 0.8) return this.#dice.between(300, 4000);
    if (kind < 0.95) return this.#dice.between(4000, 60_000);
    return kind < 0.99 ? this.#dice.skewed(60_000, HOUR) : this.#dice.skewed(HOUR, 3 * DAY);
  }
}
