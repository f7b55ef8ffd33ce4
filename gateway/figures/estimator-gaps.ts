import { type DayColumns, FLAG } from '#domain/collection/day-columns.ts';
import { CLASS_CODES } from '#domain/collection/slot-state.ts';

/** `missing`: due, and nothing but perhaps an estimate counts. `left_over`: an estimate counts that nobody owes. */
export type GapKind = 'missing' | 'left_over';

/** What a cell of a kept day asks of the estimator; null = nothing. */
export function gapKindOf(day: DayColumns, row: number): GapKind | null {
  const estimated = ((day.flags[row] ?? 0) & FLAG.estimated) !== 0;
  if (day.class[row] !== CLASS_CODES.due) return estimated ? 'left_over' : null;
  return estimated || Number.isNaN(day.importWh[row] ?? Number.NaN) ? 'missing' : null;
}

const NO_GAPS: ReadonlyMap<string, GapKind> = new Map();

/** Gaps of one task by meter row and business date, and the rows whose estimates are to be worked out. */
export class Gaps {
  readonly #byRow = new Map<number, Map<string, GapKind>>();
  readonly #queue = new Set<number>();
  /** Rows whose estimates follow what other meters of their area use. */
  readonly #byArea = new Map<string, Set<number>>();

  get queued(): number {
    return this.#queue.size;
  }

  /** Takes in what a cell says now. A row with gaps is worked out anew. */
  note(row: number, date: string, kind: GapKind | null): void {
    const dates = this.#byRow.get(row) ?? new Map<string, GapKind>();
    if (kind === null) dates.delete(date);
    else this.#byRow.set(row, dates.set(date, kind));
    if (dates.size === 0) this.#byRow.delete(row);
    this.touch(row);
  }

  /** Something of the row changed: if it has gaps, they are worked out anew. */
  touch(row: number): void {
    if (this.#byRow.has(row)) this.#queue.add(row);
  }

  touchArea(area: string): void {
    for (const row of this.#byArea.get(area) ?? []) this.touch(row);
  }

  get followsAreas(): boolean {
    return this.#byArea.size > 0;
  }

  followArea(row: number, area: string, follows: boolean): void {
    const rows = this.#byArea.get(area) ?? new Set<number>();
    if (follows) this.#byArea.set(area, rows.add(row));
    else rows.delete(row);
    if (rows.size === 0) this.#byArea.delete(area);
  }

  of(row: number): ReadonlyMap<string, GapKind> {
    return this.#byRow.get(row) ?? NO_GAPS;
  }

  /** Takes up to `count` rows from the queue. */
  take(count: number): number[] {
    const rows: number[] = [];
    for (const row of this.#queue) {
      if (rows.length === count) break;
      rows.push(row);
    }
    for (const row of rows) this.#queue.delete(row);
    return rows;
  }

  forgetBefore(date: string): void {
    for (const [row, dates] of this.#byRow) {
      for (const each of dates.keys()) if (each < date) dates.delete(each);
      if (dates.size === 0) this.#byRow.delete(row);
    }
  }
}
