import type { Quality } from '#contract/quality.ts';
import { grownPoints, type PointColumns, pointBytes, takePoint } from '#domain/collection/point-columns.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead } from '#stores/figures-store.ts';
import { RowSet } from './row-set.ts';

/** Points of a day in memory, and which chunks of them are not on disk yet. */
export class HeldPoints {
  #day: PointColumns;
  #version: number;
  readonly #slots: ReadonlyMap<number, number>;
  readonly #dirty = new Set<number>();
  #isHeadDirty = false;

  /** `version` as on disk; 0 for a day that is not there. */
  constructor(day: PointColumns, version: number) {
    this.#day = day;
    this.#version = version;
    this.#slots = new Map(day.slots.map((slot, i) => [slot, i]));
  }

  get day(): PointColumns {
    return this.#day;
  }

  /** Of what was drained last. */
  get version(): number {
    return this.#version;
  }

  get isDirty(): boolean {
    return this.#isHeadDirty || this.#dirty.size > 0;
  }

  /** A slot that the day does not have counts for nothing. */
  take(row: number, slot: number, quality: Quality): void {
    const i = this.#slots.get(slot);
    if (i === undefined || row >= this.#day.rows) return;
    if (takePoint(this.#day, row, i, quality)) this.#dirty.add(Math.floor(row / CHUNK_ROWS));
  }

  /** Rows with a value at a slot; null when the day has no such slot. */
  rowsAt(slot: number): RowSet | null {
    const i = this.#slots.get(slot);
    if (i === undefined) return null;
    const { rows, got, slots } = this.#day;
    const width = pointBytes(slots.length);
    const found = new RowSet(rows);
    for (let row = 0; row < rows; row++) {
      if (((got[row * width + (i >> 3)] ?? 0) & (1 << (i & 7))) !== 0) found.add(row);
    }
    return found;
  }

  grow(rows: number): void {
    if (rows <= this.#day.rows) return;
    this.#day = grownPoints(this.#day, rows);
    this.#isHeadDirty = true;
  }

  touchAll(): void {
    for (let chunk = 0; chunk * CHUNK_ROWS < this.#day.rows; chunk++) this.#dirty.add(chunk);
    this.#isHeadDirty = true;
  }

  /** Takes over what is on disk. */
  put(chunks: readonly DayChunk[]): void {
    const width = CHUNK_ROWS * pointBytes(this.#day.slots.length);
    for (const { column, chunk, bytes } of chunks) {
      if (column !== 'got' && column !== 'doubtful') continue;
      const into = this.#day[column];
      into.set(bytes.subarray(0, Math.max(0, into.length - chunk * width)), chunk * width);
    }
  }

  /** What has to be put on disk, under a version above all that it had; from then on it counts as being there. */
  drain(version: number): { readonly head: DayHead; readonly chunks: DayChunk[] } {
    this.#version = version;
    const { task, date, slots, rows } = this.#day;
    const width = CHUNK_ROWS * pointBytes(slots.length);
    const chunks: DayChunk[] = [];
    for (const chunk of this.#dirty) {
      for (const column of ['got', 'doubtful'] as const) {
        const bytes = this.#day[column].slice(chunk * width, (chunk + 1) * width);
        chunks.push({ task, date, column, chunk, version, bytes });
      }
    }
    this.#dirty.clear();
    this.#isHeadDirty = false;
    return { head: { task, date, slots, rows, version }, chunks };
  }
}
