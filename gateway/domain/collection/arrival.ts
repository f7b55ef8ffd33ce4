import { type DayColumns, NO_MINUTES } from './day-columns.ts';
import { successRate } from './figures.ts';
import type { GroupColumn } from './row-places.ts';
import { answeredCode, CLASS_CODES, OPEN } from './slot-state.ts';

const QUARTER_MINUTES = 15;

/** When the values of a day came in. */
export interface Arrival {
  readonly expected: number;
  /** Valid values that were read by the end of each quarter hour from the slot on. */
  readonly answered: Uint32Array;
}

/** The curve of a day over its quarter hours. `meters` tells which rows are meters of the registry. */
export function arrivalOf(
  day: Pick<DayColumns, 'rows' | 'class' | 'fact' | 'minutes'>,
  meters: GroupColumn,
  rows: Int32Array | null,
  quarters: number,
): Arrival {
  const answered = new Uint32Array(quarters);
  const last = Math.min(day.rows, meters.of.length);
  const length = rows === null ? last : rows.length;
  let expected = 0;
  for (let i = 0; i < length; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    if (row >= last || (meters.of[row] ?? -1) < 0 || day.class[row] !== CLASS_CODES.due) continue;
    expected++;
    if (isAnswered(day.fact[row] ?? OPEN)) countAnswer(answered, day.minutes[row] ?? NO_MINUTES);
  }
  return { expected, answered: cumulated(answered) };
}

/** An answer after the last quarter hour is on no curve. */
function countAnswer(answered: Uint32Array, minutes: number): void {
  const quarter = Math.floor(minutes / QUARTER_MINUTES);
  if (quarter < answered.length) answered[quarter] = (answered[quarter] ?? 0) + 1;
}

function cumulated(counts: Uint32Array): Uint32Array {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
}

function isAnswered(code: number): boolean {
  return code >= answeredCode('first') && code <= answeredCode('late');
}

/** Per cent answered by the end of a quarter; of a shorter day the last quarter stands for those it does not have. */
export function arrivalRate({ expected, answered }: Arrival, quarter: number): number | null {
  return successRate(answered[Math.min(quarter, answered.length - 1)] ?? 0, expected);
}

/** The share of all meters of several days together that had answered by the end of a quarter. */
export function meanArrival(days: readonly Arrival[], quarter: number): number | null {
  const expected = days.reduce((sum, day) => sum + day.expected, 0);
  const answered = days.reduce((sum, day) => sum + (day.answered[Math.min(quarter, day.answered.length - 1)] ?? 0), 0);
  return successRate(answered, expected);
}
