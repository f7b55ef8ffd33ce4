import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import type { SharedKind } from '#domain/collection/causes.ts';
import { type FailingMeter, failingMeters, type Overdue } from '#domain/collection/failures.ts';
import { dayStateOf, type SlotGrid } from '#domain/collection/slot-grid.ts';
import { CLASS_CODES, isFailed, OPEN, SUSPECT } from '#domain/collection/slot-state.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { DayGrids } from './day-grid.ts';

/** Longest run of days that is counted, for a task with one slot a day and for one with many. */
const LONGEST_RUN_ONE = 31;
const LONGEST_RUN_MANY = 2;

/** A day of a task as far as failures go. */
export interface SeenDay {
  readonly failing: readonly FailingMeter[];
  /** Meters that would be failing if nobody had excluded them by hand; not known of a day that is not kept. */
  readonly excludedByHand: readonly FailingMeter[];
  /** Meters that are owed a value behind a place. */
  readonly dueBehind: (kind: Exclude<SharedKind, 'outage'>, id: string) => number;
  /** Ids of the meters that are owed a value and gave no good one, whether it is time for it or not. */
  readonly unsolved: () => ReadonlySet<string>;
}

/** Longest run of days that is counted for a task: the states of a day with many slots are dear. */
export function longestRun(task: Task): number {
  return 'every' in task.calendar ? LONGEST_RUN_ONE : LONGEST_RUN_MANY;
}

/** The day out of the stores, where it is not kept. */
export async function seenInStores(
  grids: Pick<DayGrids, 'of'>,
  index: RegistryIndex,
  task: Task,
  date: string,
  overdue: Overdue,
): Promise<SeenDay> {
  const { grid } = await grids.of(index, task, date);
  const meters = failingMeters(grid, [], overdue).map(({ meter }) => meter);
  const failing = failingMeters(grid, await earlierGrids(grids, index, task, date, meters), overdue);
  const due = dueIn(grid, index);
  return {
    failing,
    excludedByHand: [],
    dueBehind: (kind, id) => due.get(`${kind} ${id}`) ?? 0,
    unsolved: () =>
      new Set(metersWhere(grid, (codes) => codes.some((code) => code === OPEN || code === SUSPECT || isFailed(code)))),
  };
}

/** Days before `date`, newest first, as far as a run of failures of one of the meters goes on. */
async function earlierGrids(
  grids: Pick<DayGrids, 'of'>,
  index: RegistryIndex,
  task: Task,
  date: string,
  failing: readonly Meter[],
): Promise<SlotGrid[]> {
  const found: SlotGrid[] = [];
  let meters = failing;
  for (let day = 1; day < longestRun(task) && meters.length > 0; day++) {
    const { grid } = await grids.of(index, task, addDays(date, -day), meters);
    found.push(grid);
    meters = meters.filter((meter) => mayGoOn(grid, meter));
  }
  return found;
}

/** Whether a run of failures can reach further back than the grid's day. */
function mayGoOn(grid: SlotGrid, meter: Meter): boolean {
  const state = dayStateOf(grid, meter.id);
  if (state?.state === 'excluded') return state.reason !== 'excluded_new';
  return state?.state === 'failed' || state?.state === 'suspect' || state?.state === 'open';
}

/** Meters that are owed at least one slot, by kind and id of what they are behind. */
function dueIn(grid: SlotGrid, index: RegistryIndex): Map<string, number> {
  const counts = new Map<string, number>();
  const exclusions = new Set<number>(Object.values(CLASS_CODES));
  exclusions.delete(OPEN);
  for (const id of metersWhere(grid, (codes) => codes.some((code) => !exclusions.has(code)))) {
    const meter = index.meter(id);
    const line = meter && index.line(meter.line);
    for (const key of line
      ? [`line ${line.id}`, `concentrator ${line.concentrator}`, `collector ${line.collector}`]
      : []) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

function metersWhere(grid: SlotGrid, matches: (codes: Uint8Array) => boolean): string[] {
  const width = grid.slots.length;
  return grid.meters.flatMap(({ id }, row) =>
    matches(grid.cells.subarray(row * width, (row + 1) * width)) ? [id] : [],
  );
}
