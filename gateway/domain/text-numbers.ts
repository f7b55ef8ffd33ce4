const FIRST_SLOTS = 1024;

/**
 * Numbers for texts, from 0 in the order in which they were added: 8 bytes a text beside the text itself, where a Map
 * takes 30 and twice that while it grows. Open addressing with steps of one, half full at most.
 */
export class TextNumbers {
  readonly #texts: string[] = [];
  /** Number + 1; 0 = free. Always a power of two. */
  #slots = new Int32Array(FIRST_SLOTS);

  get size(): number {
    return this.#texts.length;
  }

  /** By number. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  numberOf(text: string): number | undefined {
    const number = (this.#slots[this.#slotOf(text)] ?? 0) - 1;
    return number < 0 ? undefined : number;
  }

  /** The number of a text, which is given one if it has none. */
  add(text: string): number {
    const slot = this.#slotOf(text);
    const known = (this.#slots[slot] ?? 0) - 1;
    if (known >= 0) return known;
    this.#slots[slot] = this.#texts.push(text);
    if (this.#texts.length * 2 > this.#slots.length) this.#grow();
    return this.#texts.length - 1;
  }

  /** Where a text is, or would be. */
  #slotOf(text: string): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(text) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] ?? 0) - 1;
      if (number < 0 || this.#texts[number] === text) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const [number, text] of this.#texts.entries()) this.#slots[this.#slotOf(text)] = number + 1;
  }
}

/** FNV-1a, 32 bit, its upper bits mixed into the lower ones. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
