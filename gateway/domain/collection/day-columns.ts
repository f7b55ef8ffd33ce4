import type { Quality } from '#contract/quality.ts';
import type { Reason } from '#contract/reasons.ts';
import {
  answeredCode,
  CLASS_CODES,
  failedCode,
  hasValue,
  isFailed,
  OPEN,
  QUALITY_COUNTS,
  SUSPECT,
} from './slot-state.ts';
import { passOf, type SlotTimes } from './slot-times.ts';

/** Bits of `flags`. */
export const FLAG = {
  /** An estimate is what counts. */
  estimated: 1,
  /** What a person wrote is what counts. */
  written: 2,
  /** A rule spoke about the reading that came: what it said stands with the reading. */
  noted: 4,
} as const;

/** In `minutes`: no answer. Longer than 45 days counts as this many. */
export const NO_MINUTES = 65_535;
export const MOST_MINUTES = 65_534;

/**
 * One task and business date with a single slot, as columns over meter rows: 21 bytes a meter. What is owed (`class`)
 * and what came (`fact`) are apart, so that either may change without the other: a registry that is corrected, an
 * outage that is found later, a reading that comes late.
 */
export interface DayColumns {
  readonly task: string;
  readonly date: string;
  /** UTC ms. */
  readonly slot: number;
  /** Meter rows that the arrays have. */
  readonly rows: number;
  /** A code of CLASS_CODES: whether the slot is owed. */
  readonly class: Uint8Array;
  /** OPEN when nothing was heard, else the code of an answer, SUSPECT, or of a failure. */
  readonly fact: Uint8Array;
  /** Whole minutes from the slot to the reading of the answer; NO_MINUTES without one. */
  readonly minutes: Uint16Array;
  readonly flags: Uint8Array;
  /** Registers that count (`validated` of stores/validated-readings), Wh as the meter shows them; NaN = none. */
  readonly importWh: Float64Array;
  readonly exportWh: Float64Array;
}

/** The columns that are arrays over the rows, in the order of their bits in a mask. */
export const COLUMN_NAMES = ['class', 'fact', 'minutes', 'flags', 'importWh', 'exportWh'] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** Bits by which changes of a row are named. */
export const COLUMN_BIT = { class: 1, fact: 2, minutes: 4, flags: 8, importWh: 16, exportWh: 32 } as const;
export const ALL_COLUMNS = 63;
/** What a meter takes in a day, bytes. */
export const BYTES_PER_ROW = 21;

export function emptyDay(task: string, date: string, slot: number, rows: number): DayColumns {
  return {
    task,
    date,
    slot,
    rows,
    class: new Uint8Array(rows).fill(CLASS_CODES.not_due),
    fact: new Uint8Array(rows).fill(OPEN),
    minutes: new Uint16Array(rows).fill(NO_MINUTES),
    flags: new Uint8Array(rows),
    importWh: new Float64Array(rows).fill(Number.NaN),
    exportWh: new Float64Array(rows).fill(Number.NaN),
  };
}

/** Rows [from, to) of a column as bytes of their own; fewer where the day ends. */
export function bytesOf(day: DayColumns, column: ColumnName, from: number, to: number): Uint8Array {
  return new Uint8Array(day[column].slice(from, to).buffer);
}

/** Puts such bytes back; what lies beyond the day is left out. */
export function putBytes(day: DayColumns, column: ColumnName, from: number, bytes: Uint8Array): void {
  const array = day[column];
  const into = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const start = from * array.BYTES_PER_ELEMENT;
  into.set(bytes.subarray(0, Math.max(0, into.length - start)), Math.min(start, into.length));
}

/** The same day with room for more meters. */
export function grown(day: DayColumns, rows: number): DayColumns {
  if (rows <= day.rows) return day;
  const larger = emptyDay(day.task, day.date, day.slot, rows);
  for (const name of COLUMN_NAMES) larger[name].set(day[name]);
  return larger;
}

/**
 * Takes in that a value came. A value beats a failure, whichever was told last; of two values the first stays, as in
 * the reading store. True when that changed something.
 */
export function takeValue(day: DayColumns, row: number, times: SlotTimes, quality: Quality, readAt: number): boolean {
  const counts = QUALITY_COUNTS[quality];
  if (counts === 'nothing' || hasValue(day.fact[row] ?? OPEN)) return false;
  day.fact[row] = counts === 'suspect' ? SUSPECT : answeredCode(passOf(times, readAt));
  day.minutes[row] = Math.min(MOST_MINUTES, Math.max(0, Math.floor((readAt - day.slot) / 60_000)));
  return true;
}

/** Takes in that a due read ended without a value. A later reason replaces an earlier one, never a value. */
export function takeFailure(day: DayColumns, row: number, reason: Reason): boolean {
  const known = day.fact[row] ?? OPEN;
  const code = failedCode(reason);
  if (known === code || (known !== OPEN && !isFailed(known))) return false;
  day.fact[row] = code;
  return true;
}

/**
 * State of a meter's slot as a code of slot-state: what is excluded, not due or not installed stays so whatever came;
 * what is due is what came.
 */
export function codeOf(classCode: number, fact: number): number {
  return classCode === OPEN ? fact : classCode;
}

/** What counts of a reading: registers in Wh as the meter shows them, NaN = none, and FLAG bits. */
export interface Counting {
  readonly importWh: number;
  readonly exportWh: number;
  readonly flags: number;
}

/** Writes down what counts now, whatever counted before. Gives the COLUMN_BITs of what that changed. */
export function takeCounting(day: DayColumns, row: number, { importWh, exportWh, flags }: Counting): number {
  let changed = 0;
  if (!Object.is(day.importWh[row], importWh)) changed |= COLUMN_BIT.importWh;
  if (!Object.is(day.exportWh[row], exportWh)) changed |= COLUMN_BIT.exportWh;
  if (day.flags[row] !== flags) changed |= COLUMN_BIT.flags;
  day.importWh[row] = importWh;
  day.exportWh[row] = exportWh;
  day.flags[row] = flags;
  return changed;
}

/** True when the two say the same of a row. */
export function sameRow(one: DayColumns, other: DayColumns, row: number): boolean {
  return COLUMN_NAMES.every((name) => Object.is(one[name][row], other[name][row]));
}
