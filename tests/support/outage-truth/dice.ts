import { randomFrom } from '../random.ts';

/** Named streams of repeatable chance: what one part draws does not move what another draws. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number, stream: string) {
    let hash = seed >>> 0;
    for (const letter of stream) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    this.#random = randomFrom(hash);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  /** Whole, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.#random() * list.length)];
    if (found === undefined) throw new Error('cannot pick from nothing');
    return found;
  }

  /** Many short ones and a few long ones: evenly spread over orders of magnitude. */
  skewed(least: number, most: number): number {
    return least * (most / least) ** this.#random();
  }

  /** A share of the list, in its order. */
  some<T>(list: readonly T[], share: number): T[] {
    return list.filter(() => this.#random() < share);
  }
}
