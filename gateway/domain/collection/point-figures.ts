import type { DueClass } from './due-class.ts';
import { successRate } from './figures.ts';
import { type PointColumns, pointBytes } from './point-columns.ts';
import type { GroupColumn } from './row-places.ts';

const NONE = 0;
const ALL = 1;
const SOME = 2;

/** Which points of a day are owed, by row. */
export interface DuePoints {
  readonly slots: readonly number[];
  /** 0 = none, 1 = every slot of the day, 2 = those in `some`. */
  readonly kinds: Uint8Array;
  /** Bits as in PointColumns. */
  readonly some: Map<number, Uint8Array>;
}

export function emptyDuePoints(slots: readonly number[], rows: number): DuePoints {
  return { slots, kinds: new Uint8Array(rows), some: new Map() };
}

/**
 * Writes down which points of a row are owed. Within one stay a meter is due for one stretch of time: of one that is due
 * at both ends of the day, `isPlain` says that nothing in between needs to be asked.
 */
export function setDue(due: DuePoints, row: number, classOf: (slot: number) => DueClass, isPlain: boolean): void {
  const { slots, kinds, some } = due;
  const first = classOf(slots[0] ?? 0);
  const last = classOf(slots.at(-1) ?? 0);
  // A task for some customers may begin to be due, or cease, with the account that the meter serves.
  if (slots.length === 0 || (isPlain && first === 'not_due')) return;
  if (isPlain && first === 'due' && last === 'due') {
    kinds[row] = ALL;
    return;
  }
  const bits = dueBits(slots, classOf);
  if (bits === null) return;
  kinds[row] = SOME;
  some.set(row, bits);
}

/** Null when none is due. */
export function dueBits(slots: readonly number[], classOf: (slot: number) => DueClass): Uint8Array | null {
  const bits = new Uint8Array(pointBytes(slots.length));
  let found = false;
  for (const [i, slot] of slots.entries()) {
    if (classOf(slot) !== 'due') continue;
    bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
    found = true;
  }
  return found ? bits : null;
}

/** Completeness of points (数据完整率). */
export interface PointFigures {
  /** Points owed so far, the excluded ones left out. */
  readonly expected: number;
  /** A value came, the suspect ones included. */
  readonly received: number;
  readonly suspect: number;
  readonly missing: number;
  /** Received and not suspect ÷ expected, per cent, rounded down; null when nothing was expected. */
  readonly rate: number | null;
}

/** Expected, received and suspect of each group. */
export type PointCounts = Float64Array;
const STRIDE = 3;

export function emptyPointCounts(groups: number): PointCounts {
  return new Float64Array(groups * STRIDE);
}

export interface PointFold {
  /** Slots that have come: the first so many of the day. */
  readonly come: number;
  /** Rows that count, ascending; null = all. */
  readonly rows: Int32Array | null;
  /** Rows of which other points are due than `DuePoints` says, as bits: those in an outage. */
  readonly instead?: ReadonlyMap<number, Uint8Array>;
}

/** Counts a day by group. A value at a slot that is not due counts for nothing. */
export function foldPoints(
  day: Pick<PointColumns, 'slots' | 'rows' | 'got' | 'doubtful'>,
  due: DuePoints,
  groups: GroupColumn,
  { come, rows, instead }: PointFold,
): PointCounts {
  const counts = emptyPointCounts(groups.keys.length);
  const width = pointBytes(day.slots.length);
  const every = firstBits(come, width);
  const length = rows === null ? groups.of.length : rows.length;
  for (let i = 0; i < length; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    const group = groups.of[row] ?? -1;
    const kind = due.kinds[row] ?? NONE;
    const other = instead?.get(row);
    if (group < 0 || (kind === NONE && !other)) continue;
    const bits = other ?? (kind === SOME ? due.some.get(row) : undefined) ?? every;
    countPoints(counts, group * STRIDE, day, row * width, bits, every);
  }
  return counts;
}

function countPoints(
  counts: PointCounts,
  base: number,
  { got, doubtful }: Pick<PointColumns, 'got' | 'doubtful'>,
  at: number,
  bits: Uint8Array,
  every: Uint8Array,
): void {
  let expected = 0;
  let received = 0;
  let suspect = 0;
  for (let byte = 0; byte < every.length; byte++) {
    const owed = (bits[byte] ?? 0) & (every[byte] ?? 0);
    const came = owed & (got[at + byte] ?? 0);
    expected += ONES[owed] ?? 0;
    received += ONES[came] ?? 0;
    suspect += ONES[came & (doubtful[at + byte] ?? 0)] ?? 0;
  }
  counts[base] = (counts[base] ?? 0) + expected;
  counts[base + 1] = (counts[base + 1] ?? 0) + received;
  counts[base + 2] = (counts[base + 2] ?? 0) + suspect;
}

function firstBits(count: number, width: number): Uint8Array {
  const bits = new Uint8Array(width);
  for (let i = 0; i < count; i++) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}

/** Number of bits that are set in a byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** Adds numbers that were counted elsewhere to those of a group. */
export function addPoints(
  counts: PointCounts,
  group: number,
  expected: number,
  received: number,
  suspect: number,
): void {
  const base = group * STRIDE;
  counts[base] = (counts[base] ?? 0) + expected;
  counts[base + 1] = (counts[base + 1] ?? 0) + received;
  counts[base + 2] = (counts[base + 2] ?? 0) + suspect;
}

export function pointFigures(counts: PointCounts, group: number): PointFigures {
  const [expected = 0, received = 0, suspect = 0] = counts.subarray(group * STRIDE, (group + 1) * STRIDE);
  return { expected, received, suspect, missing: expected - received, rate: successRate(received - suspect, expected) };
}

/** The sum over all groups. */
export function totalPoints(counts: PointCounts): PointFigures {
  const total = emptyPointCounts(1);
  for (let i = 0; i < counts.length; i++) total[i % STRIDE] = (total[i % STRIDE] ?? 0) + (counts[i] ?? 0);
  return pointFigures(total, 0);
}
