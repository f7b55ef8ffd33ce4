import { slotsOfDay } from '#contract/calendar.ts';
import type { Quality } from '#contract/quality.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { type DueOptions, type DueRegistry, dueClassifier } from './due-class.ts';
import {
  answeredCode,
  CLASS_CODES,
  failedCode,
  hasValue,
  isFailed,
  OPEN,
  QUALITY_COUNTS,
  type SlotState,
  SUSPECT,
  stateOf,
} from './slot-state.ts';
import { expectedWithinMs, passOf, type SlotTimes, slotTimes } from './slot-times.ts';

/** That a (meter, slot) has a value, without the value. `readAt` UTC ms. */
export interface Mark {
  readonly meter: string;
  readonly slot: number;
  readonly readAt: number;
  readonly quality: Quality;
}

/** How a due read ended without a value, as the ledger holds it. `at` UTC ms; `lastBytes` hexadecimal. */
export interface Failure {
  readonly meter: string;
  readonly slot: number;
  readonly at: number;
  readonly reason: Reason;
  readonly detail: string;
  readonly attempts: number;
  readonly lastBytes: string;
  readonly final: boolean;
}

/** State of every (meter, slot) of one task and local day: one byte each, row by meter, column by slot. */
export interface SlotGrid {
  readonly task: string;
  readonly date: string;
  readonly meters: readonly Meter[];
  /** The slots of the day that had come by `now`, UTC ms, ascending. */
  readonly slots: readonly number[];
  readonly cells: Uint8Array;
  /** Slots that were owed, the excluded included, counted before anything was reported: the figures must add up to it. */
  readonly owed: number;
  readonly rowOf: ReadonlyMap<string, number>;
  readonly columnOf: ReadonlyMap<number, number>;
}

export interface GridInput extends DueOptions {
  readonly registry: DueRegistry;
  readonly meters: readonly Meter[];
  readonly task: Task;
  readonly zone: string;
  /** Local date, `YYYY-MM-DD`. */
  readonly date: string;
  /** UTC ms; slots after it are not due yet. */
  readonly now: number;
  readonly marks: Iterable<Mark>;
  readonly failures: Iterable<Failure>;
  /** True when the collector that reads the meter is offline now. */
  readonly collectorOffline?: (meter: string) => boolean;
}

/**
 * The grid of a day. Linear in meters × slots + marks + failures. A value beats a failure, whichever was reported
 * last; marks and failures of slots that are not due or excluded count for nothing. A due slot of which nothing was
 * heard by the time it was expected is `collector_offline` while its collector is, else it stays open.
 */
export function buildGrid(input: GridInput): SlotGrid {
  const { meters, task, zone, date, now } = input;
  const slots = slotsOfDay(task.calendar, zone, date).filter((slot) => slot <= now);
  const times = slots.map((slot) => slotTimes(task, zone, slot));
  const { cells, owed } = classified(slots, input);
  const grid: SlotGrid = {
    task: task.id,
    date,
    meters,
    slots,
    cells,
    owed,
    rowOf: new Map(meters.map((meter, row) => [meter.id, row])),
    columnOf: new Map(slots.map((slot, column) => [slot, column])),
  };
  for (const failure of input.failures) put(grid, cellOf(grid, failure), failedCode(failure.reason));
  for (const mark of input.marks) {
    const column = grid.columnOf.get(mark.slot);
    const time = column === undefined ? undefined : times[column];
    if (time) put(grid, cellOf(grid, mark), markCode(time, mark));
  }
  blameCollectors(grid, input);
  return grid;
}

function classified(slots: readonly number[], input: GridInput): Pick<SlotGrid, 'cells' | 'owed'> {
  const cells = new Uint8Array(input.meters.length * slots.length);
  let cell = 0;
  let owed = 0;
  for (const meter of input.meters) {
    const classOf = dueClassifier(input.registry, meter, input.task, input.zone, input);
    for (const slot of slots) {
      const dueClass = classOf(slot);
      if (dueClass !== 'not_due' && dueClass !== 'not_installed') owed++;
      cells[cell++] = CLASS_CODES[dueClass];
    }
  }
  return { cells, owed };
}

function markCode(time: SlotTimes, mark: Mark): number {
  const counts = QUALITY_COUNTS[mark.quality];
  if (counts === 'nothing') return OPEN;
  return counts === 'suspect' ? SUSPECT : answeredCode(passOf(time, mark.readAt));
}

function cellOf(grid: SlotGrid, at: { readonly meter: string; readonly slot: number }): number | undefined {
  const row = grid.rowOf.get(at.meter);
  const column = grid.columnOf.get(at.slot);
  return row === undefined || column === undefined ? undefined : row * grid.slots.length + column;
}

/** Writes what was reported of a slot into its cell, if the slot is due and the cell knows less. */
function put(grid: SlotGrid, cell: number | undefined, code: number): void {
  if (cell === undefined) return;
  const known = grid.cells[cell] ?? 0;
  if (known === OPEN || (isFailed(known) && hasValue(code))) grid.cells[cell] = code;
}

function blameCollectors(grid: SlotGrid, input: GridInput): void {
  const { collectorOffline, registry, task, now } = input;
  if (!collectorOffline) return;
  const code = failedCode('collector_offline');
  for (const [row, meter] of grid.meters.entries()) {
    if (!collectorOffline(meter.id)) continue;
    const withinMs = expectedWithinMs(registry.modelOf(meter), task);
    for (const [column, slot] of grid.slots.entries()) {
      const cell = row * grid.slots.length + column;
      if (grid.cells[cell] === OPEN && now > slot + withinMs) grid.cells[cell] = code;
    }
  }
}

/** State of one slot of a meter, or null when the grid holds neither. */
export function slotStateOf(grid: SlotGrid, meter: string, slot: number): SlotState | null {
  const cell = cellOf(grid, { meter, slot });
  return cell === undefined ? null : stateOf(grid.cells[cell] ?? 0);
}

/**
 * State of a meter over the whole day: failed when any slot failed (with the reason of the newest), else open, else
 * suspect, else answered in the latest pass that was needed; excluded or not due when no slot counts. Null when the
 * day has no slot yet or the meter is not in the grid.
 */
export function dayStateOf(grid: SlotGrid, meter: string): SlotState | null {
  const row = grid.rowOf.get(meter);
  const width = grid.slots.length;
  if (row === undefined || width === 0) return null;
  const codes = grid.cells.subarray(row * width, (row + 1) * width);
  const newestFailure = codes.findLast(isFailed);
  if (newestFailure !== undefined) return stateOf(newestFailure);
  return codes.includes(OPEN) ? { state: 'open' } : stateOf(Math.max(...codes));
}
