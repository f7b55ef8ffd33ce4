/** Numbers of 5,000 groups take 0.7 MB. */
const MOST_NUMBERS = 16_000_000;
/** What an entry weighs beside its numbers, as numbers of four bytes: its key, its place in the map, its references. */
const ENTRY_NUMBERS = 200;

/** Of what numbers were counted: they stand as long as all of it is the same. */
export interface FoldBasis {
  /** The very same objects. What is held refers to them weakly: else it would keep registries of the past alive. */
  readonly of: readonly object[];
  /** What else they go by, the versions of what changes in place among it. */
  readonly as: string;
  /** When they were counted, or are asked for, UTC ms. */
  readonly now: number;
}

interface Held {
  readonly of: readonly WeakRef<object>[];
  readonly as: string;
  readonly from: number;
  readonly until: number;
  readonly numbers: Uint32Array;
}

/** Numbers that were counted over the rows of days, until something that they go by is another one. */
export class FoldedDays {
  /** Least recently used first. */
  readonly #held = new Map<string, Held>();
  #numbers = 0;

  /** Null when they are to be counted again. */
  get(key: string, basis: FoldBasis): Uint32Array | null {
    const held = this.#held.get(key);
    if (!held) return null;
    this.#forget(key);
    if (!isOf(held, basis)) return null;
    this.#put(key, held);
    return held.numbers;
  }

  /** Numbers that stand until an instant, UTC ms, unless what they go by is another one before. */
  keep(key: string, { of, as, now }: FoldBasis, numbers: Uint32Array, until = Number.POSITIVE_INFINITY): Uint32Array {
    this.#forget(key);
    this.#put(key, { of: of.map((each) => new WeakRef(each)), as, from: now, until, numbers });
    for (const old of this.#held.keys()) {
      if (this.#numbers <= MOST_NUMBERS) break;
      this.#forget(old);
    }
    return numbers;
  }

  #put(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#numbers += held.numbers.length + ENTRY_NUMBERS;
  }

  #forget(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#numbers -= held.numbers.length + ENTRY_NUMBERS;
    this.#held.delete(key);
  }
}

function isOf(held: Held, { of, as, now }: FoldBasis): boolean {
  if (held.as !== as || now < held.from || now >= held.until || held.of.length !== of.length) return false;
  return of.every((each, i) => held.of[i]?.deref() === each);
}
