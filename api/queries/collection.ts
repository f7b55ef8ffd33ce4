import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, isoLocal } from '#contract/zone.ts';
import { type FailureCause, type FailureRow, failureRows, groupByCause } from '#domain/collection/failures.ts';
import { type Figures, figuresBy, figuresOf, type GroupFigures, type Grouping } from '#domain/collection/figures.ts';
import { dayStateOf, type SlotGrid } from '#domain/collection/slot-grid.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { OutageStore } from '#stores/state-store.ts';
import type { DayGrids } from './day-grid.ts';

/** Longest run of days that is counted, for a task with one slot a day and for one with many. */
const LONGEST_RUN_ONE = 31;
const LONGEST_RUN_MANY = 2;
const MAX_OUTAGES = 1000;
/** A meter may fail to answer this long before the first evidence of its outage comes in, ms. */
const LAG_MS = DEFAULT_OUTAGE_SETTINGS.windowMs;

export interface Summary {
  readonly total: Figures;
  /** What the calendar and the registry alone say was owed, to hold the total against. */
  readonly owed: number;
  readonly groups: readonly GroupFigures[];
}

export interface Failures {
  readonly rows: readonly FailureRow[];
  readonly causes: readonly FailureCause[];
}

/** Collection figures and failures, counted from the stores at each call: nothing that could go stale. */
export class CollectionQuery {
  readonly #grids: DayGrids;
  readonly #outages: Pick<OutageStore, 'list'>;

  constructor(grids: DayGrids, outages: Pick<OutageStore, 'list'>) {
    this.#grids = grids;
    this.#outages = outages;
  }

  async summary(index: RegistryIndex, task: Task, date: string, groupBy: Grouping | null): Promise<Summary> {
    const { grid } = await this.#grids.of(index, task, date);
    const groups = groupBy === null ? [] : figuresBy(grid, groupBy, (meter) => index.placeOf(meter));
    return { total: figuresOf(grid), owed: grid.owed, groups };
  }

  async failures(
    index: RegistryIndex,
    task: Task,
    date: string,
    wanted: { reason: Reason | null; consecutiveDaysMin: number; area: string | null },
  ): Promise<Failures> {
    const { grid, failures } = await this.#grids.of(index, task, date);
    const failing = failureRows(grid, failures).map(({ meter }) => meter);
    const rows = failureRows(grid, failures, await this.#earlier(index, task, date, failing)).filter(
      (row) =>
        (wanted.reason === null || row.reason === wanted.reason) &&
        (wanted.area === null || row.meter.area === wanted.area) &&
        row.consecutiveDays >= wanted.consecutiveDaysMin,
    );
    const outages = await this.#outagesOf(rows);
    const causes = groupByCause(rows, {
      placeOf: (meter) => index.placeOf(meter),
      outageOf: (meter) => outages.get(meter.id) ?? null,
    });
    return { rows, causes };
  }

  /** Days before `date`, newest first, as far as a run of failures of one of the meters goes on. */
  async #earlier(index: RegistryIndex, task: Task, date: string, failing: readonly Meter[]): Promise<SlotGrid[]> {
    const grids: SlotGrid[] = [];
    let meters = failing;
    for (let day = 1; day < longestRun(task) && meters.length > 0; day++) {
      const { grid } = await this.#grids.of(index, task, addDays(date, -day), meters);
      grids.push(grid);
      meters = meters.filter((meter) => mayGoOn(grid, meter));
    }
    return grids;
  }

  /** The outage in which each meter was when its read failed. Newest start wins. */
  async #outagesOf(rows: readonly FailureRow[]): Promise<Map<string, string>> {
    const failedAt = new Map(rows.map(({ meter, at, slot }) => [meter.id, at ?? slot]));
    const moments = [...failedAt.values()];
    if (moments.length === 0) return new Map();
    const from = moments.reduce((a, b) => Math.min(a, b));
    const to = moments.reduce((a, b) => Math.max(a, b));
    const found = new Map<string, string>();
    for (const { id, kind, meters, startedAt, restoredAt } of await this.#outages.list({
      during: { from, to: to + LAG_MS },
      limit: MAX_OUTAGES,
    })) {
      if (kind !== 'outage') continue;
      for (const meter of meters) {
        const at = failedAt.get(meter);
        const inside = at !== undefined && startedAt <= at + LAG_MS && at < (restoredAt ?? Number.POSITIVE_INFINITY);
        if (inside && !found.has(meter)) found.set(meter, id);
      }
    }
    return found;
  }
}

/** Longest run of days that is counted for a task: the states of a day with many slots are dear. */
export function longestRun(task: Task): number {
  return 'every' in task.calendar ? LONGEST_RUN_ONE : LONGEST_RUN_MANY;
}

/** Whether a run of failures can reach further back than the grid's day. */
function mayGoOn(grid: SlotGrid, meter: Meter): boolean {
  const state = dayStateOf(grid, meter.id);
  if (state?.state === 'excluded') return state.reason !== 'excluded_new';
  return state?.state === 'failed' || state?.state === 'suspect' || state?.state === 'open';
}

/** Local RFC 3339 text of an instant, or null. */
export function shown(zone: string, at: number | null): string | null {
  return at === null ? null : isoLocal(zone, at);
}
