/** The newest few different moments of each of many things, UTC ms: a set, whatever the order of their coming. */
export class NewestMoments {
  /** So many to a thing. */
  readonly #kept: number;
  /** Newest first; 0 = none. */
  readonly #at: Float64Array;

  constructor(size: number, kept: number) {
    this.#kept = kept;
    this.#at = new Float64Array(size * kept);
  }

  /** False when it is known or older than those that are kept. */
  add(thing: number, at: number): boolean {
    const moments = this.#at;
    const first = thing * this.#kept;
    for (let place = first; place < first + this.#kept; place++) {
      const known = moments[place] ?? 0;
      if (known === at) return false;
      if (known > at) continue;
      moments.copyWithin(place + 1, place, first + this.#kept - 1);
      moments[place] = at;
      return true;
    }
    return false;
  }

  clear(thing: number): void {
    this.#at.fill(0, thing * this.#kept, (thing + 1) * this.#kept);
  }

  /** Whether moments after `at` may have been forgotten, because there were newer ones. */
  mayLack(thing: number, at: number): boolean {
    return (this.#at[thing * this.#kept + this.#kept - 1] ?? 0) > at;
  }

  newest(thing: number): number {
    return this.#at[thing * this.#kept] ?? 0;
  }

  /** Oldest first. */
  of(thing: number): number[] {
    const moments: number[] = [];
    for (let place = thing * this.#kept + this.#kept - 1; place >= thing * this.#kept; place--) {
      const at = this.#at[place] ?? 0;
      if (at > 0) moments.push(at);
    }
    return moments;
  }

  /** The newest kept moment in (from, to), or 0. */
  newestBetween(thing: number, from: number, to: number): number {
    const first = thing * this.#kept;
    for (let place = first; place < first + this.#kept; place++) {
      const at = this.#at[place] ?? 0;
      if (at <= from) return 0;
      if (at < to) return at;
    }
    return 0;
  }

  /** The oldest kept moment in (from, to), or 0. */
  between(thing: number, from: number, to: number): number {
    const first = thing * this.#kept;
    let found = 0;
    for (let place = first; place < first + this.#kept; place++) {
      const at = this.#at[place] ?? 0;
      if (at <= from) break;
      if (at < to) found = at;
    }
    return found;
  }

  copyFrom(other: NewestMoments, from: number, to: number): void {
    this.#at.set(other.#at.subarray(from * this.#kept, from * this.#kept + this.#kept), to * this.#kept);
  }
}
