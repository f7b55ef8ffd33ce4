import { type GroupCounts, hasOpen } from '#domain/collection/column-figures.ts';
import type { RowPlaces } from '#domain/collection/row-places.ts';
import type { KeptColumns } from './kept-columns.ts';

/** Numbers of 5,000 groups take 0.7 MB. */
const MOST_NUMBERS = 16_000_000;

/** Of what a day was counted. */
export interface FoldBasis {
  readonly places: RowPlaces;
  readonly columns: KeptColumns;
  readonly version: number;
  readonly rows: number;
}

/**
 * Counts of days that have not changed since: the days before today hardly ever do. Counts with open slots are not held,
 * because they depend on which collector is online now.
 */
export class FoldedDays {
  /** Least recently used first. */
  readonly #held = new Map<string, { readonly basis: FoldBasis; readonly counts: GroupCounts }>();
  #numbers = 0;

  get(key: string, { places, columns, version, rows }: FoldBasis): GroupCounts | null {
    const held = this.#held.get(key);
    if (!held) return null;
    this.#forget(key);
    const { basis, counts } = held;
    const isSame = basis.places === places && basis.columns === columns && basis.version === version;
    if (!isSame || basis.rows !== rows) return null;
    this.#put(key, basis, counts);
    return counts;
  }

  keep(key: string, basis: FoldBasis, counts: GroupCounts): GroupCounts {
    if (hasOpen(counts)) return counts;
    this.#forget(key);
    this.#put(key, basis, counts);
    for (const old of this.#held.keys()) {
      if (this.#numbers <= MOST_NUMBERS) break;
      this.#forget(old);
    }
    return counts;
  }

  #put(key: string, basis: FoldBasis, counts: GroupCounts): void {
    this.#held.set(key, { basis, counts });
    this.#numbers += counts.length;
  }

  #forget(key: string): void {
    this.#numbers -= this.#held.get(key)?.counts.length ?? 0;
    this.#held.delete(key);
  }
}
