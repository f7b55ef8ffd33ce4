/**
 * What meters said they do not have, so that nobody asks them again. `item` is a data identifier, a series of them or
 * an address: whatever the protocol asks by.
 */
export interface Missing {
  has(meter: string, item: string): boolean;
  /** `why` is for people: the meter's error as it came. */
  add(meter: string, item: string, why: string): void;
}

/** Remembered for as long as it lives. */
export class MissingMemory implements Missing {
  readonly #items = new Map<string, Map<string, string>>();

  has(meter: string, item: string): boolean {
    return this.#items.get(meter)?.has(item) ?? false;
  }

  add(meter: string, item: string, why: string): void {
    const items = this.#items.get(meter) ?? new Map<string, string>();
    this.#items.set(meter, items.set(item, why));
  }
}
