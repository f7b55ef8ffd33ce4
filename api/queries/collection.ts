import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { groupFigures, sortedGroups, totalCounts } from '#domain/collection/column-figures.ts';
import type { Figures, GroupFigures, Grouping } from '#domain/collection/figures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { DayCounts } from './day-counts.ts';

export interface Summary {
  readonly total: Figures;
  /** What the calendar and the registry alone say was owed, to hold the total against. */
  readonly owed: number;
  readonly groups: readonly GroupFigures[];
}

/** Collection figures of a day: counted at each call, so nothing goes stale. */
export class CollectionQuery {
  readonly #counts: Pick<DayCounts, 'of'>;

  constructor(counts: Pick<DayCounts, 'of'>) {
    this.#counts = counts;
  }

  async summary(index: RegistryIndex, task: Task, date: string, groupBy: Grouping | null): Promise<Summary> {
    const { counts, groups, owed } = await this.#counts.of({ index, task, date, groupBy, scope: [] });
    const total = groupFigures(totalCounts(counts), 0);
    const listed = groupBy === null ? [] : sortedGroups(counts, 'key', false);
    return {
      total,
      owed: owed(),
      groups: listed.map((group) => ({ key: groups.keys[group] ?? null, figures: groupFigures(counts, group) })),
    };
  }
}

/** Local RFC 3339 text of an instant, or null. */
export function shown(zone: string, at: number | null): string | null {
  return at === null ? null : isoLocal(zone, at);
}
