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

/** What a meter says itself of its places. */
const OWN = ['area', 'line', 'model', 'manufacturer'] as const satisfies readonly Grouping[];
/** What each grouping goes by: meters that are equal in it are in the same group. */
const GOES_BY = {
  ...{ district: 'area', feeder: 'area', area: 'area' },
  ...{ concentrator: 'line', collector: 'line', line: 'line', protocol: 'line' },
  ...{ model: 'model', manufacturer: 'manufacturer' },
} as const satisfies Readonly<Record<Grouping, (typeof OWN)[number]>>;
/** Rows that are looked at in one go: some milliseconds. */
const ROWS_AT_ONCE = 20_000;

/**
 * Where the meters behind the rows of a kept day are, by one version of the registry: arrays, for which each meter is
 * looked at once, about 1 µs. No meter is held.
 */
export class RowPlaces {
  readonly index: RegistryIndex;
  readonly #ids: readonly string[];
  readonly #own: readonly Numbering[];
  #looked = 0;
  readonly #columns = new Map<Grouping | null, GroupColumn>();

  /** Ids by row; some may be of meters that left the registry. */
  constructor(index: RegistryIndex, ids: readonly string[]) {
    this.index = index;
    this.#ids = ids;
    this.#own = OWN.map(() => new Numbering(ids.length));
  }

  get rows(): number {
    return this.#ids.length;
  }

  /** Undefined for meters that left the registry. */
  meter(row: number): Meter | undefined {
    const id = this.#ids[row];
    return id === undefined ? undefined : this.index.meter(id);
  }

  /** Looks at some more rows; false once all were looked at. Who does not wait for that has it done by the first question. */
  look(): boolean {
    const end = Math.min(this.#ids.length, this.#looked + ROWS_AT_ONCE);
    const [areas, lines, models, makers] = this.#own;
    for (let row = this.#looked; row < end; row++) {
      const meter = this.meter(row);
      if (!meter) continue;
      areas?.put(row, meter.area);
      lines?.put(row, meter.line);
      models?.put(row, meter.model);
      makers?.put(row, meter.maker ?? null);
    }
    this.#looked = end;
    return end < this.#ids.length;
  }

  /** Groups of a grouping; of null, one group of all meters of the registry. */
  groups(grouping: Grouping | null): GroupColumn {
    const known = this.#columns.get(grouping);
    if (known) return known;
    while (this.look());
    const own = this.#own[grouping === null ? 0 : OWN.indexOf(GOES_BY[grouping])] ?? new Numbering(0);
    const column = columnOf(own, (row) => this.#keyOf(grouping, row));
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
    const rows = new Int32Array(this.rows);
    let found = 0;
    for (let row = 0; row < this.rows; row++) {
      if (wanted.every(({ of, group }) => of[row] === group)) rows[found++] = row;
    }
    return rows.slice(0, found);
  }

  #keyOf(grouping: Grouping | null, row: number): string | null {
    const meter = this.meter(row);
    return grouping === null || !meter ? '' : this.index.placeOf(meter)[grouping];
  }
}

/** Ascending, null last. */
export function compareKeys(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a === null || (b !== null && a > b) ? 1 : -1;
}

/** Numbers for equal keys, by row, with a row of each. */
class Numbering {
  /** −1 where there is no meter. */
  readonly of: Int32Array;
  readonly firstRows: number[] = [];
  readonly #numbers = new Map<string | null, number>();

  constructor(rows: number) {
    this.of = new Int32Array(rows).fill(-1);
  }

  put(row: number, key: string | null): void {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.firstRows.push(row) - 1;
      this.#numbers.set(key, number);
    }
    this.of[row] = number;
  }
}

function columnOf({ of: numbers, firstRows }: Numbering, keyOf: (row: number) => string | null): GroupColumn {
  const keyOfNumber = firstRows.map(keyOf);
  const keys = [...new Set(keyOfNumber)].sort(compareKeys);
  const places = new Map(keys.map((key, place) => [key, place]));
  const placeOf = Int32Array.from(keyOfNumber, (key) => places.get(key) ?? -1);
  const of = new Int32Array(numbers.length);
  for (let row = 0; row < of.length; row++) of[row] = placeOf[numbers[row] ?? -1] ?? -1;
  return { of, keys };
}
