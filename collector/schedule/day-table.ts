/**
 * Bits of one local day for many meters, a row each, in one array: an array for each meter would cost three times its
 * content. Rows that were never written are empty.
 */
export class DayTable {
  #bytes: number;
  #rows: Uint8Array;

  /** `bytes`: length of a row. */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#rows = new Uint8Array(0);
  }

  /** The row as it is now; it is not to be written to. */
  row(number: number): Uint8Array {
    return this.#rows.subarray(number * this.#bytes, (number + 1) * this.#bytes);
  }

  set(number: number, index: number): void {
    this.#reach(number, (index >> 3) + 1);
    const at = number * this.#bytes + (index >> 3);
    this.#rows[at] = (this.#rows[at] ?? 0) | (1 << (index & 7));
  }

  put(number: number, bits: Uint8Array): void {
    this.#reach(number, bits.length);
    this.#rows.set(bits, number * this.#bytes);
  }

  #reach(number: number, bytes: number): void {
    if (bytes > this.#bytes) this.#widen(bytes);
    const needed = (number + 1) * this.#bytes;
    if (needed <= this.#rows.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.ceil(this.#rows.length * 1.5)));
    grown.set(this.#rows);
    this.#rows = grown;
  }

  /** The rules of a time zone changed: the day has more slots than when the first row was written. */
  #widen(bytes: number): void {
    const rows = Math.floor(this.#rows.length / this.#bytes);
    const wider = new Uint8Array(rows * bytes);
    for (let number = 0; number < rows; number++) wider.set(this.row(number), number * bytes);
    this.#bytes = bytes;
    this.#rows = wider;
  }
}
