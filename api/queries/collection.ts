import type { Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, isoLocal } from '#contract/zone.ts';
import { type FailureCause, type FailureRow, failureRows, groupByCause } from '#domain/collection/failures.ts';
import { type Figures, figuresBy, figuresOf, type GroupFigures, type Grouping } from '#domain/collection/figures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { OutageStore } from '#stores/state-store.ts';
import type { DayGrids } from './day-grid.ts';

/** Days looked back for a run of failures of a task with one slot a day, and of one with many. */
const LOOK_BACK_ONE = 7;
const LOOK_BACK_MANY = 1;
const MAX_OPEN_OUTAGES = 1000;

export interface Summary {
  readonly total: Figures;
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
    return { total: figuresOf(grid), groups };
  }

  async failures(
    index: RegistryIndex,
    task: Task,
    date: string,
    wanted: { reason: Reason | null; consecutiveDaysMin: number; area: string | null },
  ): Promise<Failures> {
    const usual = 'everyS' in task.calendar ? LOOK_BACK_MANY : LOOK_BACK_ONE;
    const lookBack = Math.max(usual, wanted.consecutiveDaysMin - 1);
    const { grid, failures } = await this.#grids.of(index, task, date);
    const earlier = [];
    for (let day = 1; day <= lookBack; day++) {
      earlier.push((await this.#grids.of(index, task, addDays(date, -day))).grid);
    }
    const rows = failureRows(grid, failures, earlier).filter(
      (row) =>
        (wanted.reason === null || row.reason === wanted.reason) &&
        (wanted.area === null || row.meter.area === wanted.area) &&
        row.consecutiveDays >= wanted.consecutiveDaysMin,
    );
    const open = await this.#outages.list({ state: 'open', limit: MAX_OPEN_OUTAGES });
    const outages = new Map(
      open.filter(({ kind }) => kind === 'outage').flatMap(({ id, meters }) => meters.map((meter) => [meter, id])),
    );
    const causes = groupByCause(rows, {
      placeOf: (meter) => index.placeOf(meter),
      outageOf: (meter) => outages.get(meter.id) ?? null,
    });
    return { rows, causes };
  }
}

/** Local RFC 3339 text of an instant, or null. */
export function shown(zone: string, at: number | null): string | null {
  return at === null ? null : isoLocal(zone, at);
}
