import type { QuantityName } from '#contract/quantities.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import type { CurvePoints } from './judges.ts';

/** Room for the points of one meter, used again for the next: a slot of a million meters makes no million arrays. */
export class CurveScratch {
  readonly #quantities: readonly QuantityName[];
  #room = 0;
  #slots = new Float64Array(0);
  #columns: Partial<Record<QuantityName, Float64Array>> = {};

  constructor(quantities: readonly QuantityName[]) {
    this.#quantities = quantities;
  }

  /** One bit for each quantity that some of the readings give; suspect ones are left out. */
  given(readings: readonly StoredReading[]): number {
    let bits = 0;
    for (const { quality, values } of readings) {
      if (quality === 'suspect') continue;
      for (const [i, name] of this.#quantities.entries()) if (values[name] !== undefined) bits |= 1 << i;
    }
    return bits;
  }

  /** Columns of the quantities named by bits. Valid until the next call. Suspect readings are left out. */
  points(readings: readonly StoredReading[], given: number): CurvePoints {
    this.#grow(readings.length);
    let length = 0;
    for (const { slot, quality, values } of readings) {
      if (quality === 'suspect') continue;
      this.#slots[length] = slot;
      for (const name of this.#quantities) {
        const column = this.#columns[name];
        if (column) column[length] = values[name] ?? Number.NaN;
      }
      length++;
    }
    const cut = (array: Float64Array): Float64Array => array.subarray(0, length);
    const columns: Partial<Record<QuantityName, Float64Array>> = {};
    for (const [i, name] of this.#quantities.entries()) {
      const column = this.#columns[name];
      if (column && (given & (1 << i)) !== 0) columns[name] = cut(column);
    }
    return { length, slots: cut(this.#slots), columns };
  }

  #grow(room: number): void {
    if (room <= this.#room) return;
    this.#room = room;
    this.#slots = new Float64Array(room);
    this.#columns = Object.fromEntries(this.#quantities.map((name) => [name, new Float64Array(room)]));
  }
}
