import { codeOf, FLAG } from './day-columns.ts';
import { type Figures, figuresFrom, successRate } from './figures.ts';
import type { GroupColumn } from './row-places.ts';
import { answeredCode, CLASS_CODES, CODES, failedCode, isFailed, OPEN } from './slot-state.ts';

/** States of the slots of meters, row by row: what is owed and what came, or both in one when `fact` is null. */
export interface CodeColumns {
  readonly rows: number;
  /** Slots of a row. */
  readonly width: number;
  readonly class: Uint8Array;
  readonly fact: Uint8Array | null;
  /** By row; null where nothing is known of estimates. */
  readonly flags: Uint8Array | null;
}

/** Numbers by group and code, with what counts beside the codes behind them. */
export type GroupCounts = Uint32Array;

const ESTIMATED = CODES;
const WRITTEN = CODES + 1;
/** Numbers of one group. */
const STRIDE = CODES + 2;
const COLLECTOR_OFFLINE = failedCode('collector_offline');

export interface FoldOptions {
  /** Rows that count, ascending; null = all. */
  readonly rows?: Int32Array | null;
  /** Whether an open slot of the row is to be laid to a collector that is offline. */
  readonly blamed?: ((row: number) => boolean) | null;
}

/** Counts a day: one pass over its rows, whatever the groups. Rows without a group count for nothing. */
export function foldDay(day: CodeColumns, groups: GroupColumn, options: FoldOptions = {}): GroupCounts {
  const { rows = null, blamed = null } = options;
  const counts = new Uint32Array(groups.keys.length * STRIDE);
  const { of } = groups;
  const last = Math.min(day.rows, of.length);
  if (rows === null && day.width === 1) {
    foldAll(counts, day, of, last, blamed ?? (() => false));
    return counts;
  }
  const length = rows === null ? last : rows.length;
  for (let i = 0; i < length; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    const group = row < last ? (of[row] ?? -1) : -1;
    if (group >= 0) countRow(counts, group * STRIDE, day, row, blamed);
  }
  return counts;
}

/** The usual case, every row with one slot: nothing in the loop but what almost every row needs. */
function foldAll(
  counts: GroupCounts,
  day: CodeColumns,
  of: Int32Array,
  last: number,
  blamed: (row: number) => boolean,
): void {
  const { class: classes, fact: facts } = day;
  const fact = facts ?? classes;
  const flags = day.flags ?? new Uint8Array(last);
  for (let row = 0; row < last; row++) {
    const group = of[row] ?? -1;
    if (group < 0) continue;
    const code = codeOf(classes[row] ?? 0, fact[row] ?? OPEN);
    const flag = flags[row] ?? 0;
    const at = group * STRIDE + code;
    if (code === OPEN || flag !== 0) countSpecial(counts, group * STRIDE, code, flag, blamed(row));
    else counts[at] = (counts[at] ?? 0) + 1;
  }
}

function countRow(
  counts: GroupCounts,
  base: number,
  day: CodeColumns,
  row: number,
  blamed: ((row: number) => boolean) | null,
): void {
  const { width, flags } = day;
  const fact = day.fact ?? day.class;
  const flag = flags?.[row] ?? 0;
  for (let cell = row * width; cell < (row + 1) * width; cell++) {
    const code = codeOf(day.class[cell] ?? 0, fact[cell] ?? OPEN);
    if (code === OPEN || flag !== 0) countSpecial(counts, base, code, flag, blamed?.(row) ?? false);
    else bump(counts, base + code);
  }
}

/** A slot that is open, or has something that stands in for its value. */
function countSpecial(counts: GroupCounts, base: number, code: number, flag: number, isBlamed: boolean): void {
  bump(counts, base + (code === OPEN && isBlamed ? COLLECTOR_OFFLINE : code));
  if (flag !== 0 && (code === OPEN || isFailed(code))) bump(counts, base + (flag & FLAG.written ? WRITTEN : ESTIMATED));
}

function bump(counts: GroupCounts, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Adds the numbers of one day to a sum of days with the same groups. */
export function addCounts(sum: GroupCounts, counts: GroupCounts): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (counts[i] ?? 0);
}

/** The same numbers in the order of other keys; those of keys that are not among them fall away. */
export function regrouped(counts: GroupCounts, from: GroupColumn['keys'], to: GroupColumn['keys']): GroupCounts {
  if (from === to) return counts;
  const places = new Map(to.map((key, place) => [key, place]));
  const same = new Uint32Array(to.length * STRIDE);
  for (const [group, key] of from.entries()) {
    const place = places.get(key);
    if (place !== undefined) same.set(counts.subarray(group * STRIDE, (group + 1) * STRIDE), place * STRIDE);
  }
  return same;
}

/** The sum over all groups, as the only group. */
export function totalCounts(counts: GroupCounts): GroupCounts {
  const total = new Uint32Array(STRIDE);
  for (let i = 0; i < counts.length; i++) total[i % STRIDE] = (total[i % STRIDE] ?? 0) + (counts[i] ?? 0);
  return total;
}

/** Figures with what stands in for values that did not come: expected = answered + suspect + estimated + written + missing. */
export interface ColumnFigures extends Figures {
  /** Of the failed and open ones: those that have an estimate (估算). */
  readonly estimated: number;
  /** Of the failed and open ones: those that a person wrote a value for. */
  readonly written: number;
  /** Expected, and there is no value of any kind. */
  readonly missing: number;
}

export function groupFigures(counts: GroupCounts, group: number): ColumnFigures {
  const own = counts.subarray(group * STRIDE, (group + 1) * STRIDE);
  const figures = figuresFrom(own);
  const estimated = own[ESTIMATED] ?? 0;
  const written = own[WRITTEN] ?? 0;
  return { ...figures, estimated, written, missing: figures.failed + figures.open - estimated - written };
}

const ANSWERS = [answeredCode('first'), answeredCode('retry'), answeredCode('late')];
const UNCOUNTED = new Set<number>(Object.values(CLASS_CODES).filter((code) => code !== OPEN));
const FAILURES = Array.from({ length: CODES }, (_, code) => code).filter(isFailed);
const EXPECTED = Array.from({ length: CODES }, (_, code) => code).filter((code) => !UNCOUNTED.has(code));

/** What groups can be put in order by. */
export const SORT_KEYS = ['key', 'successRate', 'failed', 'expected'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/**
 * Groups that have anything due or excluded, in order: ascending, or descending with `down`; those without a success
 * rate come last either way, and equal ones stand in the order of their keys.
 */
export function sortedGroups(counts: GroupCounts, sort: SortKey, down: boolean): number[] {
  const groups = Array.from({ length: counts.length / STRIDE }, (_, group) => group).filter((group) =>
    occurs(counts, group),
  );
  if (sort === 'key') return down ? groups.reverse() : groups;
  const worth = new Map(groups.map((group) => [group, worthOf(counts, group, sort)]));
  const sign = down ? -1 : 1;
  return groups.sort((a, b) => {
    const x = worth.get(a) ?? null;
    const y = worth.get(b) ?? null;
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0) || a - b;
    return sign * (x - y) || a - b;
  });
}

function occurs(counts: GroupCounts, group: number): boolean {
  for (let code = 0; code < CODES; code++) if ((counts[group * STRIDE + code] ?? 0) > 0) return true;
  return false;
}

function worthOf(counts: GroupCounts, group: number, sort: Exclude<SortKey, 'key'>): number | null {
  const sum = (codes: readonly number[]): number =>
    codes.reduce((total, code) => total + (counts[group * STRIDE + code] ?? 0), 0);
  if (sort === 'failed') return sum(FAILURES);
  if (sort === 'expected') return sum(EXPECTED);
  return successRate(sum(ANSWERS), sum(EXPECTED));
}

/** Slots that are owed, the excluded included, by what the calendar and the registry alone say. */
export function owedOf(day: Pick<CodeColumns, 'class' | 'rows' | 'width'>, groups: GroupColumn): number {
  const { not_due, not_installed } = CLASS_CODES;
  const last = Math.min(day.rows, groups.of.length);
  let owed = 0;
  for (let row = 0; row < last; row++) {
    if ((groups.of[row] ?? -1) < 0) continue;
    for (let cell = row * day.width; cell < (row + 1) * day.width; cell++) {
      const code = day.class[cell];
      if (code !== not_due && code !== not_installed) owed++;
    }
  }
  return owed;
}
