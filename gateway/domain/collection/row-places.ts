import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';
import type { Grouping } from './figures.ts';

/** Which group each row belongs to. */
export interface GroupColumn {
  /** Index into `keys` by row; −1 for rows that are no meter of the registry. */
  readonly of: Int32Array;
  /** Ascending; null, for meters that belong to no group, comes last. */
  readonly keys: readonly (string | null)[];
}

/** Groups that a meter has to belong to, all of them; empty = every meter. */
export type Scope = readonly (readonly [grouping: Grouping, key: string])[];

/**
 * Where the meters behind the rows of a kept day are, by one version of the registry. A grouping is worked out when it
 * is first asked for: about 0.2 s for a million meters; from then on it is an array.
 */
export class RowPlaces {
  readonly index: RegistryIndex;
  /** By row; undefined for meters that left the registry. */
  readonly meters: readonly (Meter | undefined)[];
  readonly #columns = new Map<Grouping | null, GroupColumn>();

  constructor(index: RegistryIndex, meters: readonly (Meter | undefined)[]) {
    this.index = index;
    this.meters = meters;
  }

  /** Groups of a grouping; of null, one group of all meters of the registry. */
  groups(grouping: Grouping | null): GroupColumn {
    const known = this.#columns.get(grouping);
    if (known) return known;
    const { index, meters } = this;
    const column =
      grouping === null ? columnOf(meters, () => '') : columnOf(meters, (meter) => index.placeOf(meter)[grouping]);
    this.#columns.set(grouping, column);
    return column;
  }

  /** Rows of a scope, ascending; null when it covers every row. */
  rowsIn(scope: Scope): Int32Array | null {
    if (scope.length === 0) return null;
    const wanted = scope.map(([grouping, key]) => {
      const { of, keys } = this.groups(grouping);
      return { of, group: keys.indexOf(key) };
    });
    if (wanted.some(({ group }) => group < 0)) return new Int32Array(0);
    const rows = new Int32Array(this.meters.length);
    let found = 0;
    for (let row = 0; row < this.meters.length; row++) {
      if (wanted.every(({ of, group }) => of[row] === group)) rows[found++] = row;
    }
    return rows.slice(0, found);
  }
}

/** Ascending, null last. */
export function compareKeys(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a > b) ? 1 : -1;
}

function columnOf(meters: readonly (Meter | undefined)[], keyOf: (meter: Meter) => string | null): GroupColumn {
  const of = new Int32Array(meters.length).fill(-1);
  const numbers = new Map<string | null, number>();
  for (const [row, meter] of meters.entries()) {
    if (!meter) continue;
    const key = keyOf(meter);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    of[row] = number;
  }
  const keys = [...numbers.keys()].sort(compareKeys);
  const places = new Int32Array(keys.length);
  for (const [place, key] of keys.entries()) places[numbers.get(key) ?? 0] = place;
  for (let row = 0; row < of.length; row++) {
    const number = of[row] ?? -1;
    if (number >= 0) of[row] = places[number] ?? -1;
  }
  return { of, keys };
}
