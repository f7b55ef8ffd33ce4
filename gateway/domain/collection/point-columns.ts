import type { Quality } from '#contract/quality.ts';
import { QUALITY_COUNTS } from './slot-state.ts';

/**
 * One task with many slots a day and one business date, as two bits for each slot of each meter row. Row `r` has the
 * bytes [r × width, (r + 1) × width); slot `i` is bit `i & 7` of byte `i >> 3`.
 */
export interface PointColumns {
  readonly task: string;
  readonly date: string;
  /** Slots of the day, UTC ms, ascending: 92 or 100 of a quarter hour where the clock is changed. */
  readonly slots: readonly number[];
  readonly rows: number;
  /** A value came. */
  readonly got: Uint8Array;
  /** A value came that nobody vouches for. */
  readonly doubtful: Uint8Array;
}

/** Bytes of one row. */
export function pointBytes(slots: number): number {
  return Math.ceil(slots / 8);
}

export function emptyPoints(task: string, date: string, slots: readonly number[], rows: number): PointColumns {
  const bytes = rows * pointBytes(slots.length);
  return { task, date, slots, rows, got: new Uint8Array(bytes), doubtful: new Uint8Array(bytes) };
}

/** The same day with room for more meters. */
export function grownPoints(day: PointColumns, rows: number): PointColumns {
  if (rows <= day.rows) return day;
  const larger = emptyPoints(day.task, day.date, day.slots, rows);
  larger.got.set(day.got);
  larger.doubtful.set(day.doubtful);
  return larger;
}

/**
 * Takes in that a value came. Bits are only ever set, so order and repetition make no difference; of two values of one
 * slot that disagree about quality, doubt stays. True when that changed something.
 */
export function takePoint(day: PointColumns, row: number, slot: number, quality: Quality): boolean {
  const counts = QUALITY_COUNTS[quality];
  if (counts === 'nothing') return false;
  const at = row * pointBytes(day.slots.length) + (slot >> 3);
  const bit = 1 << (slot & 7);
  const isNew = set(day.got, at, bit);
  return (counts === 'suspect' && set(day.doubtful, at, bit)) || isNew;
}

function set(bytes: Uint8Array, at: number, bit: number): boolean {
  const known = bytes[at] ?? 0;
  bytes[at] = known | bit;
  return (known & bit) === 0;
}
