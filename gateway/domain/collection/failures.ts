import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import { dayStateOf, type Failure, type SlotGrid } from './slot-grid.ts';
import { isFailed, OPEN, SUSPECT, stateOf } from './slot-state.ts';

/** A meter that gave no good value for at least one slot of the day: none, or one that contradicts itself. */
export interface FailingMeter {
  readonly meter: Meter;
  /**
   * Why the newest failed slot has none; `implausible` when it has a suspect one, `deadline_missed` when nothing was
   * ever heard of it and its day is over.
   */
  readonly reason: Reason;
  /** That slot, UTC ms, and how many of the day failed. */
  readonly slot: number;
  readonly failedSlots: number;
  /** Days on end without a good value, this one included; counted as far back as states were given. */
  readonly consecutiveDays: number;
  /** Local date of the first of them. */
  readonly since: string;
  /** Local date of the newest good value before, as far back as states were given; null without one. */
  readonly lastGood: string | null;
}

/** How the last attempt to read the newest failed slot ended. */
export interface Attempt {
  /** UTC ms; null when nobody reported one (the collector is offline). */
  readonly at: number | null;
  readonly attempts: number;
  /** Hexadecimal, empty if nothing arrived. */
  readonly lastBytes: string;
  readonly detail: string;
  readonly final: boolean;
}

export type FailureRow = FailingMeter & Attempt;

/** True for a slot of which something should have been heard long ago, although nothing was: its day is over. */
export type Overdue = (slot: number) => boolean;

const NEVER_OVERDUE: Overdue = () => false;

/**
 * Failing meters of a day, in the grid's order. `earlier` are the grids of the days before, newest first. An earlier
 * day belongs to the run when the meter was asked and gave nothing good (failed, suspect or still open); a day on which
 * it was excluded neither counts nor ends the run; a good value ends it.
 */
export function failingMeters(
  grid: SlotGrid,
  earlier: readonly SlotGrid[] = [],
  overdue: Overdue = NEVER_OVERDUE,
): FailingMeter[] {
  const rows: FailingMeter[] = [];
  const width = grid.slots.length;
  const over = grid.slots.map(overdue);
  const isBad = (code: number, column: number): boolean =>
    isFailed(code) || code === SUSPECT || (code === OPEN && over[column] === true);
  for (const [row, meter] of grid.meters.entries()) {
    const codes = grid.cells.subarray(row * width, (row + 1) * width);
    const newest = codes.findLastIndex(isBad);
    if (newest < 0) continue;
    rows.push({
      meter,
      reason: reasonOf(codes[newest] ?? 0),
      slot: grid.slots[newest] ?? 0,
      failedSlots: codes.reduce((sum, code, column) => sum + (isBad(code, column) ? 1 : 0), 0),
      ...runOf(grid, meter.id, earlier),
    });
  }
  return rows;
}

/** The row with the outcome of its own slot, if the ledger has one; a value that is suspect was no failed attempt. */
export function withAttempt(row: FailingMeter, told: Failure | undefined): FailureRow {
  const own = row.reason === 'implausible' && told?.reason !== 'implausible' ? undefined : told;
  return {
    ...row,
    at: own?.at ?? null,
    attempts: own?.attempts ?? 0,
    lastBytes: own?.lastBytes ?? '',
    detail: own?.detail ?? '',
    final: own?.final ?? false,
  };
}

/** Reason that the code of a failing slot stands for. */
export function reasonOf(code: number): Reason {
  const state = stateOf(code);
  if (state.state === 'failed') return state.reason;
  return state.state === 'suspect' ? 'implausible' : 'deadline_missed';
}

function runOf(
  grid: SlotGrid,
  meter: string,
  earlier: readonly SlotGrid[],
): Pick<FailingMeter, 'consecutiveDays' | 'since' | 'lastGood'> {
  let consecutiveDays = 1;
  let since = grid.date;
  for (const day of earlier) {
    const state = dayStateOf(day, meter)?.state;
    if (state === 'excluded') continue;
    if (state === 'answered') return { consecutiveDays, since, lastGood: day.date };
    if (state !== 'failed' && state !== 'suspect' && state !== 'open') break;
    consecutiveDays++;
    since = day.date;
  }
  return { consecutiveDays, since, lastGood: null };
}
