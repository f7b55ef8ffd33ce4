import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { groupFigures } from '#domain/collection/column-figures.ts';
import type { Grouping } from '#domain/collection/figures.ts';
import { pointBytes } from '#domain/collection/point-columns.ts';
import {
  addPoints,
  emptyPointCounts,
  foldPoints,
  type PointCounts,
  type PointFigures,
  pointFigures,
  totalPoints,
} from '#domain/collection/point-figures.ts';
import { compareKeys, type GroupColumn, type Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { ApiProblem } from '../errors.ts';
import type { DayCounts } from './day-counts.ts';
import type { DuePointsQuery } from './due-points.ts';
import type { KeptDays } from './kept-days.ts';
import { knownScope } from './scope.ts';

/** A range is answered at once up to this many (meter, day). */
const MOST_METER_DAYS = 10_000_000;
/** Of them from the stores, where the days are not kept. */
const MOST_UNKEPT = 200_000;

interface Asked {
  readonly index: RegistryIndex;
  readonly task: Task;
  /** Business dates, ascending, at least one. */
  readonly dates: readonly string[];
  readonly groupBy: Grouping | null;
  readonly scope: Scope;
}

export interface Completeness {
  readonly total: PointFigures;
  readonly days: readonly { readonly date: string; readonly slots: number; readonly figures: PointFigures }[];
  /** Those with points expected: the lowest rate first, of equal ones the one with more missing points. */
  readonly groups: readonly { readonly key: string | null; readonly figures: PointFigures }[];
}

interface CountedPoints {
  readonly keys: GroupColumn['keys'];
  readonly counts: PointCounts;
}

/** How many of the points of load profiles came (数据完整率), of 96 a day, or 92 and 100 where the clock is changed. */
export class CompletenessQuery {
  readonly #kept: KeptDays;
  readonly #counts: DayCounts;
  readonly #due: DuePointsQuery;
  readonly #clock: Clock;

  constructor(kept: KeptDays, counts: DayCounts, due: DuePointsQuery, clock: Clock) {
    this.#kept = kept;
    this.#counts = counts;
    this.#due = due;
    this.#clock = clock;
  }

  /** Throws the problems `unknown_scope`, `range_too_long` and `not_kept`. */
  async of(asked: Asked): Promise<Completeness> {
    const { index, task, dates } = asked;
    await this.#answerable(asked);
    const sums = new Map<string | null, PointCounts>();
    const days: Completeness['days'][number][] = [];
    const whole = emptyPointCounts(1);
    for (const date of dates) {
      const { keys, counts } = (await this.#ofKept(asked, date)) ?? (await this.#ofStores(asked, date));
      const figures = totalPoints(counts);
      days.push({ date, slots: slotsOfDay(task.calendar, index.registry.timeZone, date).length, figures });
      add(whole, figures);
      for (const [group, key] of keys.entries()) {
        const sum = sums.get(key) ?? emptyPointCounts(1);
        add(sum, pointFigures(counts, group));
        sums.set(key, sum);
      }
    }
    const groups = [...sums].map(([key, sum]) => ({ key, figures: pointFigures(sum, 0) }));
    return {
      total: pointFigures(whole, 0),
      days,
      groups: groups
        .filter(({ figures }) => figures.expected > 0)
        .sort((a, b) => worstFirst(a.figures, b.figures) || compareKeys(a.key, b.key)),
    };
  }

  async #answerable({ index, task, dates }: Asked): Promise<void> {
    const meters = index.meterCount;
    const most = Math.max(1, Math.floor(MOST_METER_DAYS / Math.max(1, meters)));
    if (dates.length > most) {
      throw new ApiProblem('range_too_long', `${dates.length} days of ${meters} meters are asked for`, [
        { pointer: '/from', detail: `must be at most ${most - 1} days before to, for as many meters` },
      ]);
    }
    if (dates.length === 1) return;
    const heads = await this.#kept.heads(task.id);
    const unkept = dates.filter((date) => !heads.has(date));
    if (unkept.length * meters <= MOST_UNKEPT) return;
    throw new ApiProblem('not_kept', `${unkept.length} days of the range are not kept, the first is ${unkept[0]}`, [
      { pointer: '/from', detail: 'ask for days that are kept, or for one day at a time' },
    ]);
  }

  /** Null when the points of the day are not kept. */
  async #ofKept({ index, task, groupBy, scope }: Asked, date: string): Promise<CountedPoints | null> {
    const slots = slotsOfDay(task.calendar, index.registry.timeZone, date);
    const head = (await this.#kept.heads(task.id)).get(date);
    if (!head || slots.length < 2 || head.slots.length !== slots.length) return null;
    const places = await this.#kept.places(index, head.rows);
    const due = await this.#due.of(places, task, date);
    const come = slots.filter((slot) => slot <= this.#clock.now()).length;
    const kept = await this.#kept.of(task.id, date, ['got', 'doubtful']);
    if (!kept) return null;
    const width = pointBytes(slots.length);
    const hasValue = (row: number, i: number): boolean =>
      row >= 0 && i >= 0 && ((kept.column('got')[row * width + (i >> 3)] ?? 0) & (1 << (i & 7))) !== 0;
    const instead = await this.#due.inOutages(places, task, slots.slice(0, come), hasValue);
    const day = { slots, rows: kept.rows, got: kept.column('got'), doubtful: kept.column('doubtful') };
    const groups = places.groups(groupBy);
    const rows = places.rowsIn(knownScope(places, scope));
    return { keys: groups.keys, counts: foldPoints(day, due, groups, { come, rows, instead }) };
  }

  async #ofStores(asked: Asked, date: string): Promise<CountedPoints> {
    const { groups, counts } = await this.#counts.of({ ...asked, date });
    const points = emptyPointCounts(groups.keys.length);
    for (const group of groups.keys.keys()) {
      const { expected, answeredFirst, answeredRetry, answeredLate, suspect } = groupFigures(counts, group);
      addPoints(points, group, expected, answeredFirst + answeredRetry + answeredLate + suspect, suspect);
    }
    return { keys: groups.keys, counts: points };
  }
}

function add(sum: PointCounts, { expected, received, suspect }: PointFigures): void {
  addPoints(sum, 0, expected, received, suspect);
}

function worstFirst(a: PointFigures, b: PointFigures): number {
  return (a.rate ?? 0) - (b.rate ?? 0) || b.missing - a.missing;
}
