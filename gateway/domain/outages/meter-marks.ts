/** A set of numbers of meters that is emptied at no cost, for work that needs one again and again. */
export class MeterMarks {
  readonly #turns: Uint32Array;
  #turn = 0;

  constructor(meters: number) {
    this.#turns = new Uint32Array(meters);
  }

  /** These and no others; terminals, which are below zero, are left out. Whoever asked before must be done. */
  set(things: Iterable<{ readonly meter: number }>): this {
    this.#turn++;
    for (const { meter } of things) if (meter >= 0) this.#turns[meter] = this.#turn;
    return this;
  }

  has(meter: number): boolean {
    return this.#turns[meter] === this.#turn;
  }
}
