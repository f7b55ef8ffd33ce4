import { NO_MINUTES } from '#domain/collection/day-columns.ts';
import { CLASS_CODES, OPEN } from '#domain/collection/slot-state.ts';
import { CHUNK_ROWS, type DayChunk, type DayColumnName, type DayHead } from '#stores/figures-store.ts';

/** Columns that figures are made from, and the byte that stands where nothing was kept yet. */
const EMPTY: Readonly<Record<KeptColumnName, number>> = {
  class: CLASS_CODES.not_due,
  fact: OPEN,
  flags: 0,
  // Both bytes of NO_MINUTES are the same.
  minutes: NO_MINUTES & 255,
  got: 0,
  doubtful: 0,
};
export type KeptColumnName = Exclude<DayColumnName, 'importWh' | 'exportWh'>;

/** Some columns of a kept day in memory, as they were at the newest version that was asked for. */
export class KeptColumns {
  readonly #bytes = new Map<KeptColumnName, { bytes: Uint8Array; version: number }>();
  #head: DayHead;

  constructor(head: DayHead) {
    this.#head = head;
  }

  get head(): DayHead {
    return this.#head;
  }

  get rows(): number {
    return this.#head.rows;
  }

  get slots(): readonly number[] {
    return this.#head.slots;
  }

  /** Bytes of a row of `got` and `doubtful`. */
  get pointBytes(): number {
    return Math.ceil(this.#head.slots.length / 8);
  }

  column(name: KeptColumnName): Uint8Array {
    const known = this.#bytes.get(name);
    if (!known) throw new RangeError(`cannot use the column ${name}: it was not asked for`);
    known.bytes = this.#room(name, 0);
    return known.bytes;
  }

  /** Whole minutes from the slot to the answer, by row. */
  get minutes(): Uint16Array {
    const bytes = this.column('minutes');
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  }

  /** The version of a column here; 0 when it is not here. */
  versionOf(name: KeptColumnName): number {
    return this.#bytes.get(name)?.version ?? 0;
  }

  /** Takes in how the day is headed now. */
  reheaded(head: DayHead): void {
    this.#head = head;
  }

  /** Takes in what changed. Chunks are to be all those of the named columns after the versions here. */
  take(head: DayHead, names: readonly KeptColumnName[], chunks: readonly DayChunk[]): void {
    const version = chunks.reduce((newest, chunk) => Math.max(newest, chunk.version), head.version);
    // A checkpoint may have been written since the head was read: its chunks count, and may be beyond the rows.
    const most = chunks.reduce((last, { chunk }) => Math.max(last, chunk + 1), 0);
    for (const name of names) this.#bytes.set(name, { bytes: this.#room(name, most), version });
    for (const { column, chunk, bytes } of chunks) {
      const into = this.#bytes.get(column as KeptColumnName)?.bytes;
      const at = chunk * CHUNK_ROWS * this.#width(column as KeptColumnName);
      if (into && at < into.length) into.set(bytes.subarray(0, into.length - at), at);
    }
  }

  /** The bytes of a column, with room for every whole chunk. */
  #room(name: KeptColumnName, chunks: number): Uint8Array {
    const known = this.#bytes.get(name)?.bytes;
    const length = Math.max(Math.ceil(this.#head.rows / CHUNK_ROWS), chunks) * CHUNK_ROWS * this.#width(name);
    if (known && known.length >= length) return known;
    const larger = new Uint8Array(length).fill(EMPTY[name]);
    if (known) larger.set(known);
    return larger;
  }

  #width(name: KeptColumnName): number {
    if (name === 'minutes') return 2;
    return name === 'got' || name === 'doubtful' ? this.pointBytes : 1;
  }
}
