/** Memory of the sets; with a million meters a slot takes 125 kB, and 500 slots are remembered. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Which meters have a reading at one (task, slot). */
export class MeterSet {
  #words = new Uint32Array(8);

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(ref: number): boolean {
    return (((this.#words[ref >>> 5] ?? 0) >>> (ref & 31)) & 1) === 1;
  }

  add(ref: number): void {
    const word = ref >>> 5;
    if (word >= this.#words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (ref & 31));
  }

  delete(ref: number): void {
    const word = ref >>> 5;
    if (word < this.#words.length) this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (ref & 31));
  }
}

/**
 * What the one writer knows of the keys that are stored, so that a fresh reading is written without asking. Meters get
 * small numbers; the sets that were not used for longest are forgotten and asked for again when they are needed.
 */
export class KnownKeys {
  readonly #refs = new Map<string, number>();
  readonly #sets = new Map<string, MeterSet>();
  readonly #newest = new Map<string, number>();

  ref(meter: string): number {
    const known = this.#refs.get(meter);
    if (known !== undefined) return known;
    const ref = this.#refs.size;
    this.#refs.set(meter, ref);
    return ref;
  }

  /** The set, counted as used now; undefined when it must be asked for. */
  use(task: string, slot: number): MeterSet | undefined {
    const key = `${slot} ${task}`;
    const set = this.#sets.get(key);
    if (!set) return undefined;
    this.#sets.delete(key);
    this.#sets.set(key, set);
    return set;
  }

  put(task: string, slot: number, set: MeterSet): void {
    this.#sets.set(`${slot} ${task}`, set);
  }

  forget(task: string, slot: number): void {
    this.#sets.delete(`${slot} ${task}`);
  }

  /** The latest slot with a reading of the task, as far as anybody wrote; undefined when it must be asked for. */
  newest(task: string): number | undefined {
    return this.#newest.get(task);
  }

  raiseNewest(task: string, slot: number): void {
    this.#newest.set(task, Math.max(slot, this.#newest.get(task) ?? slot));
  }

  /** To be called between writes: a write needs all of its sets. */
  trim(): void {
    let bytes = 0;
    for (const set of this.#sets.values()) bytes += set.bytes;
    for (const [key, set] of this.#sets) {
      if (bytes <= MOST_BYTES) return;
      bytes -= set.bytes;
      this.#sets.delete(key);
    }
  }
}
