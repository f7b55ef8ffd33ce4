import { TextNumbers } from '../text-numbers.ts';

const FIRST_ROWS = 1024;
/** In a column of numbers that are places, for what there is none of. */
export const NO_PLACE = -1;

type Numbers = Int32Array | Float64Array;

/** A column of numbers that grows by its end. */
export class NumberColumn<N extends Numbers = Numbers> {
  #numbers: N;
  #length = 0;
  readonly #make: (rows: number) => N;

  constructor(make: (rows: number) => N) {
    this.#make = make;
    this.#numbers = make(FIRST_ROWS);
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) this.#resize(this.#length + (this.#length >> 1));
    this.#numbers[this.#length++] = number;
  }

  /** What was pushed, with no room left over; the column is not to be used afterwards. */
  taken(): N {
    if (this.#length < this.#numbers.length) this.#resize(this.#length);
    return this.#numbers;
  }

  #resize(rows: number): void {
    const numbers = this.#make(rows);
    numbers.set(this.#numbers.subarray(0, Math.min(rows, this.#length)));
    this.#numbers = numbers;
  }
}

export function places(): NumberColumn<Int32Array> {
  return new NumberColumn((rows) => new Int32Array(rows));
}

export function quantities(): NumberColumn<Float64Array> {
  return new NumberColumn((rows) => new Float64Array(rows));
}

/** A column of texts that many rows share and others lack: each text is kept once, and no row as long as all lack it. */
export class SharedTextColumn {
  readonly #texts = new TextNumbers();
  /** Up to the last row with a text. */
  #places: NumberColumn<Int32Array> | null = null;
  #placed = 0;
  #length = 0;

  push(text: string | undefined): void {
    if (text !== undefined) {
      this.#places ??= places();
      for (; this.#placed < this.#length; this.#placed++) this.#places.push(NO_PLACE);
      this.#places.push(this.#texts.add(text));
      this.#placed++;
    }
    this.#length++;
  }

  /** What tells the text of a row; the column is not to be used afterwards. */
  taken(): (row: number) => string | undefined {
    const rows = this.#places?.taken();
    const { texts } = this.#texts;
    return (row) => (rows ? texts[rows[row] ?? NO_PLACE] : undefined);
  }
}

/** A column of texts; it takes nothing as long as all of them are empty. */
export class TextColumn {
  readonly #texts: string[] = [];
  #length = 0;

  push(text: string): void {
    if (text !== '') {
      while (this.#texts.length < this.#length) this.#texts.push('');
      this.#texts.push(text);
    }
    this.#length++;
  }

  at(row: number): string {
    return this.#texts[row] ?? '';
  }
}

/** Values of which there are few, kept once and named by their place. */
export class FewValues<T extends object> {
  readonly #values: T[] = [];
  readonly #places = new Map<string, number>();

  /** Place of the equal value that was seen first. */
  placeOf(value: T): number {
    const name = JSON.stringify(value);
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#values.push(value) - 1;
      this.#places.set(name, place);
    }
    return place;
  }

  at(place: number): T {
    const value = this.#values[place];
    if (value === undefined) throw new RangeError(`BUG: no value at ${place}`);
    return value;
  }
}

/** Rows by the group that they belong to: rows of a group keep their order. */
export class Grouped {
  readonly #starts: Int32Array;
  readonly #rows: Int32Array;

  /** `groupOf` by row, from 0 to below `groups`; a row with another group belongs to none. */
  constructor(groupOf: Int32Array, groups: number) {
    const starts = new Int32Array(groups + 1);
    for (const group of groupOf) if (group >= 0) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    for (let group = 0; group < groups; group++) {
      starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
    }
    const rows = new Int32Array(starts[groups] ?? 0);
    const next = starts.slice(0, groups);
    for (const [row, group] of groupOf.entries()) {
      if (group < 0) continue;
      const at = next[group] ?? 0;
      rows[at] = row;
      next[group] = at + 1;
    }
    this.#starts = starts;
    this.#rows = rows;
  }

  of(group: number | undefined): Int32Array {
    if (group === undefined) return new Int32Array(0);
    return this.#rows.subarray(this.#starts[group] ?? 0, this.#starts[group + 1] ?? 0);
  }
}
