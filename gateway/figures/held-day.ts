import {
  ALL_COLUMNS,
  BYTES_PER_ROW,
  bytesOf,
  COLUMN_BIT,
  COLUMN_NAMES,
  type DayColumns,
  grown,
} from '#domain/collection/day-columns.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead } from '#stores/figures-store.ts';
import { RowSet } from './row-set.ts';

/** A kept day in memory, and what of it is not on disk yet. */
export class HeldDay {
  #day: DayColumns;
  #basis: string;
  /** For each chunk the bits of its columns that changed. */
  #dirty: Uint8Array;
  #changed: RowSet;
  #isHeadDirty = false;

  /** `basis` as on disk. */
  constructor(day: DayColumns, basis: string) {
    this.#day = day;
    this.#basis = basis;
    this.#dirty = new Uint8Array(chunksOf(day.rows));
    this.#changed = new RowSet(day.rows);
  }

  get day(): DayColumns {
    return this.#day;
  }

  get basis(): string {
    return this.#basis;
  }

  get bytes(): number {
    return this.#day.rows * BYTES_PER_ROW;
  }

  /** It is new, has grown, or stands on other grounds than what is on disk. */
  get isOnNewBasis(): boolean {
    return this.#isHeadDirty;
  }

  get isDirty(): boolean {
    return this.#isHeadDirty || this.#changed.size > 0;
  }

  /** Rows that changed since the last settling; not to be used after it. */
  get changed(): RowSet {
    return this.#changed;
  }

  /** Says that these columns of a row changed: COLUMN_BITs, 0 = nothing did. */
  touch(row: number, columns: number): void {
    if (columns === 0) return;
    const chunk = Math.floor(row / CHUNK_ROWS);
    this.#dirty[chunk] = (this.#dirty[chunk] ?? 0) | columns;
    this.#changed.add(row);
  }

  touchAll(): void {
    this.#dirty.fill(ALL_COLUMNS);
    for (let row = 0; row < this.#day.rows; row++) this.#changed.add(row);
    this.#isHeadDirty = true;
  }

  setBasis(basis: string): void {
    if (basis === this.#basis) return;
    this.#basis = basis;
    this.#isHeadDirty = true;
  }

  /** Gives it room for meters that are new. */
  grow(rows: number): void {
    if (rows <= this.#day.rows) return;
    this.#day = grown(this.#day, rows);
    const dirty = new Uint8Array(chunksOf(rows));
    dirty.set(this.#dirty);
    this.#dirty = dirty;
    this.#isHeadDirty = true;
  }

  /** What has to be put on disk, under a version above all that it had. */
  unsaved(version: number): { readonly head: DayHead; readonly chunks: DayChunk[] } {
    const { task, date, slot, rows } = this.#day;
    const head = { task, date, slots: [slot], rows, version, basis: this.#basis };
    const chunks: DayChunk[] = [];
    for (const [chunk, columns] of this.#dirty.entries()) {
      for (const column of COLUMN_NAMES) {
        if ((columns & COLUMN_BIT[column]) === 0) continue;
        const bytes = bytesOf(this.#day, column, chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS);
        chunks.push({ task, date, column, chunk, version, bytes });
      }
    }
    return { head, chunks };
  }

  /** All of `unsaved` is on disk. */
  settle(): void {
    if (!this.isDirty) return;
    this.#dirty.fill(0);
    this.#changed = new RowSet(this.#day.rows);
    this.#isHeadDirty = false;
  }
}

function chunksOf(rows: number): number {
  return Math.ceil(rows / CHUNK_ROWS);
}
