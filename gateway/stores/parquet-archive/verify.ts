import type { QuantityName } from '#contract/quantities.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Month } from '../months.ts';
import { CHECKED, RowCursor, type Rows } from './row-cursor.ts';

const SLOT = CHECKED.indexOf('slot');
const METER = CHECKED.indexOf('meter');

export interface Sources {
  readonly month: Month;
  readonly task: string;
  readonly quantities: readonly QuantityName[];
  /** The new file, the file of the generation before and the sealed file; null where there is none. */
  readonly made: AsyncGenerator<Rows>;
  readonly before: AsyncGenerator<Rows> | null;
  readonly sealed: AsyncGenerator<Rows> | null;
  readonly meterOf: (ref: number) => string;
}

/**
 * Goes through a new archived file and what it was made of side by side, row by row and value by value. Every row must
 * be in one of its sources just so, and every row of its sources must be in it. A key that both sources have must have
 * the same values in both; the row of the generation before counts. Resolves with the number of rows, rejects with
 * `archive_differs`, naming month, task, meter, slot and both values.
 */
export async function verifyFile(sources: Sources): Promise<number> {
  const made = new RowCursor(sources.made);
  const before = new RowCursor(sources.before ?? nothing());
  const sealed = new RowCursor(sources.sealed ?? nothing());
  const check = new Check(sources);
  let rows = 0;
  try {
    for (;;) {
      for (const cursor of [made, before, sealed]) if (!cursor.ready) await cursor.fill();
      if (made.ended && before.ended && sealed.ended) return rows;
      rows += check.stretch(made, before, sealed);
    }
  } finally {
    for (const cursor of [made, before, sealed]) await cursor.close();
  }
}

async function* nothing(): AsyncGenerator<Rows> {
  // No rows at all.
}

class Check {
  readonly #sources: Sources;
  readonly #names: readonly string[];
  readonly #all: readonly number[];
  readonly #values: readonly number[];

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#names = [...CHECKED, ...sources.quantities];
    this.#all = this.#names.map((_, c) => c);
    this.#values = this.#all.slice(CHECKED.length);
  }

  /** Checks at least one row and goes on behind what it has checked; gives the number of rows. */
  stretch(made: RowCursor, before: RowCursor, sealed: RowCursor): number {
    const only = before.ended ? sealed : before;
    // With one source left, whole columns are compared at a time, which is much faster. A difference is then looked
    // for row by row.
    if ((before.ended || sealed.ended) && made.ready && only.ready) {
      const count = Math.min(made.left, only.left);
      if (equalFor(count, made, only, this.#all)) {
        made.at += count;
        only.at += count;
        return count;
      }
    }
    this.#row(made, before, sealed);
    return 1;
  }

  /** Checks the row on which `made` stands and goes on by one everywhere where this row is. */
  #row(made: RowCursor, before: RowCursor, sealed: RowCursor): void {
    const inBefore = order(before, made);
    const inSealed = order(sealed, made);
    if (inBefore < 0) throw this.#differs(before, 'row', 'none', 'there');
    if (inSealed < 0) throw this.#differs(sealed, 'row', 'none', 'there');
    if (inBefore > 0 && inSealed > 0) throw this.#differs(made, 'row', 'there', 'none');
    const origin = inBefore === 0 ? before : sealed;
    this.#same(made, origin, this.#all);
    if (made.rules !== origin.rules) throw this.#differs(made, 'rules', made.rules, origin.rules);
    if (inBefore === 0 && inSealed === 0) this.#same(made, sealed, this.#values);
    made.at++;
    if (inBefore === 0) before.at++;
    if (inSealed === 0) sealed.at++;
  }

  #same(made: RowCursor, origin: RowCursor, places: readonly number[]): void {
    for (const c of places) {
      const a = made.number(c);
      const b = origin.number(c);
      if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) throw this.#differs(made, this.#names[c] ?? '', a, b);
    }
  }

  #differs(row: RowCursor, what: string, archived: unknown, given: unknown): MeterwayError {
    const { month, task, meterOf } = this.#sources;
    const meter = meterOf(row.number(METER));
    const slot = new Date(row.number(SLOT)).toISOString();
    return new MeterwayError(
      `cannot archive ${month}: ${what} of meter ${meter} at ${slot} in task ${task} is ${shown(archived)} in the ` +
        `archive and ${shown(given)} in what it was made of; nothing was deleted`,
      { code: 'archive_differs', context: { month, task, meter, slot, what } },
    );
  }
}

/** Whether the next `count` rows of both, with their keys, are the same. */
function equalFor(count: number, a: RowCursor, b: RowCursor, columns: readonly number[]): boolean {
  for (const c of columns) {
    const as = a.rows.numbers[c] ?? [];
    const bs = b.rows.numbers[c] ?? [];
    for (let i = 0; i < count; i++) {
      const x = as[a.at + i] as number;
      const y = bs[b.at + i] as number;
      // NaN, which is no value, differs from itself.
      if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) return false;
    }
  }
  for (let i = 0; i < count; i++) if (a.rows.rules[a.at + i] !== b.rows.rules[b.at + i]) return false;
  return true;
}

/** Whether the row of `source` stands before that of `made`, with it, or after it. What has ended is after all rows. */
function order(source: RowCursor, made: RowCursor): number {
  if (source.ended) return 1;
  if (made.ended) return -1;
  const slots = source.number(SLOT) - made.number(SLOT);
  if (slots !== 0) return slots;
  const [a, b] = [source.number(METER), made.number(METER)];
  // A meter that no source knows has no number, and stands after those that have.
  return Number.isNaN(b) ? -1 : a - b;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'none' : String(value);
  return value === null ? 'none' : String(value);
}
