import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import {
  addCounts,
  type ColumnFigures,
  type GroupCounts,
  groupFigures,
  regrouped,
  type SortKey,
  sortedGroups,
  totalCounts,
} from '#domain/collection/column-figures.ts';
import type { Figures, Grouping } from '#domain/collection/figures.ts';
import { compareKeys, type GroupColumn, type Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { DayReportStore } from '#stores/collection-stores.ts';
import { ApiProblem } from '../errors.ts';
import { type Counted, countKey, type DayCount, type DayCounts } from './day-counts.ts';
import { type ReportedDay, ReportedDays, reportedCounts, revisedMeters } from './day-reports.ts';

/** Days that are not kept are counted from the stores only up to this many (meter, day). */
const MOST_UNKEPT = 200_000;

export interface Asked {
  readonly index: RegistryIndex;
  readonly task: Task;
  /** Business dates, ascending, at least one. */
  readonly dates: readonly string[];
  readonly groupBy: Grouping | null;
  readonly scope: Scope;
}

/** Figures beside those of the day before. Rates per cent as shown, the change in percentage points. */
export interface Comparison {
  readonly date: string;
  readonly successRate: number | null;
  readonly change: number | null;
}

/** Figures with what they are held against. */
export interface Told {
  readonly figures: ColumnFigures;
  /** Null for a range, and where the day before is not kept. */
  readonly comparison: Comparison | null;
  /** As reported when the day was closed; null for a range, and until then. */
  readonly reported: Figures | null;
  /** Meters whose state is another one than the reported. */
  readonly revisions: number | null;
}

export interface ToldGroup extends Told {
  readonly key: string | null;
}

export interface ToldDay extends Told {
  readonly date: string;
  readonly closedAt: number | null;
}

/** Everything that was counted for one answer. Figures of a group are made when its page is asked for. */
export class CountedSummary {
  readonly #days: readonly CountedDay[];
  readonly #sum: GroupCounts;
  readonly #keys: GroupColumn['keys'];

  constructor(days: readonly CountedDay[], keys: GroupColumn['keys']) {
    this.#days = days;
    this.#keys = keys;
    const [first, ...others] = days;
    this.#sum = new Uint32Array(first?.counts ?? []);
    for (const { counts } of others) addCounts(this.#sum, counts);
  }

  get total(): Told {
    const [day] = this.#days;
    return day && this.#days.length === 1
      ? toldOf(day, null)
      : { figures: groupFigures(totalCounts(this.#sum), 0), comparison: null, reported: null, revisions: null };
  }

  /** One for each day. */
  get days(): ToldDay[] {
    return this.#days.map((day) => ({
      date: day.date,
      closedAt: day.report?.closedAt ?? null,
      ...toldOf(day, null),
    }));
  }

  /** Groups in order; those of `group` give their figures. */
  sorted(sort: SortKey, down: boolean): number[] {
    return sortedGroups(this.#sum, sort, down);
  }

  keyOf(group: number): string | null {
    return this.#keys[group] ?? null;
  }

  group(group: number): ToldGroup {
    const [day] = this.#days;
    const key = this.keyOf(group);
    if (!day || this.#days.length > 1) {
      return { key, figures: groupFigures(this.#sum, group), comparison: null, reported: null, revisions: null };
    }
    return { key, ...toldOf(day, group) };
  }
}

interface CountedDay {
  readonly date: string;
  readonly keys: GroupColumn['keys'];
  readonly counts: GroupCounts;
  readonly before: {
    readonly date: string;
    readonly total: Figures;
    /** By the groups of the day itself. */
    readonly counts: GroupCounts;
  } | null;
  readonly report: { readonly closedAt: number; readonly counts: GroupCounts; readonly revised: Uint32Array } | null;
}

/** What is told of a group, or of the whole when it is null. */
function toldOf({ counts, before, report }: CountedDay, group: number | null): Told {
  const of = (own: GroupCounts): ColumnFigures =>
    group === null ? groupFigures(totalCounts(own), 0) : groupFigures(own, group);
  const figures = of(counts);
  return {
    figures,
    comparison: before && comparison(before.date, figures, group === null ? before.total : of(before.counts)),
    reported: report && plainFigures(of(report.counts)),
    revisions: report && (group === null ? sumOf(report.revised) : (report.revised[group] ?? 0)),
  };
}

function comparison(date: string, figures: Figures, earlier: Figures): Comparison {
  const { successRate } = earlier;
  return { date, successRate, change: points(figures.successRate, successRate) };
}

function plainFigures({ estimated: _, written: __, missing: ___, ...figures }: ColumnFigures): Figures {
  return figures;
}

function sumOf(numbers: Uint32Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Difference of two rates as they are shown, in percentage points with two decimals. */
export function points(rate: number | null, earlier: number | null): number | null {
  return rate === null || earlier === null ? null : (Math.round(rate * 100) - Math.round(earlier * 100)) / 100;
}

/** Collection figures over days and groups. */
export class Summaries {
  readonly #counts: DayCounts;
  readonly #reports: ReportedDays;

  constructor(counts: DayCounts, reports: Pick<DayReportStore, 'get'>) {
    this.#counts = counts;
    this.#reports = new ReportedDays(reports);
  }

  /** Throws the problems `unknown_scope`, and `not_kept` for a long range of days that nobody has counted. */
  async of(asked: Asked): Promise<CountedSummary> {
    await this.#countable(asked);
    const days: CountedDay[] = [];
    for (const date of asked.dates) days.push(await this.#day(asked, date, days.at(-1)));
    const keys = unionOf(days.map((day) => day.keys));
    return new CountedSummary(
      days.map((day) => aligned(day, keys)),
      keys,
    );
  }

  async #countable({ index, task, dates }: Asked): Promise<void> {
    if (dates.length === 1) return;
    const unkept: string[] = [];
    for (const date of dates) if (!(await this.#counts.isKept({ task, date }))) unkept.push(date);
    if (unkept.length * index.meterCount <= MOST_UNKEPT) return;
    throw new ApiProblem('not_kept', `${unkept.length} days of the range are not kept, the first is ${unkept[0]}`, [
      { pointer: '/from', detail: 'ask for days that are kept, or for one day at a time' },
    ]);
  }

  async #day(asked: Asked, date: string, previous: CountedDay | undefined): Promise<CountedDay> {
    const yesterday = addDays(date, -1);
    const report = await this.#reports.of(asked.task.id, date);
    const early =
      previous?.date === yesterday
        ? { counts: previous.counts, keys: previous.keys }
        : keyed(await this.#counts.ofKept({ ...asked, date: yesterday }));
    const { counts, groups, kept } = await this.#counts.of({ ...asked, date });
    const before = early && {
      date: yesterday,
      total: groupFigures(totalCounts(early.counts), 0),
      counts: regrouped(early.counts, early.keys, groups.keys),
    };
    const day = { date, keys: groups.keys, counts, before };
    if (!kept || !report) return { ...day, report: null };
    return { ...day, report: { closedAt: report.closedAt, ...this.#beside(report, groups, kept, { ...asked, date }) } };
  }

  /** Numbers of a report by group, and of what is another state since: neither is counted again until it changes. */
  #beside(
    report: ReportedDay,
    groups: GroupColumn,
    { places, now: states }: NonNullable<DayCount['kept']>,
    counted: Counted,
  ): { counts: GroupCounts; revised: Uint32Array } {
    const { folded } = this.#counts;
    const key = countKey(counted);
    const { day, columns, version } = states();
    const rows = lazy(() => places.rowsIn(counted.scope));
    const same = { of: [report, places], as: '', now: 0 };
    const changing = { of: [report, places, day], as: `${version} ${columns.rows}`, now: 0 };
    const [told, revised] = [`reported ${key}`, `revised ${key}`];
    return {
      counts: folded.get(told, same) ?? folded.keep(told, same, reportedCounts(report, groups, rows())),
      revised:
        folded.get(revised, changing) ?? folded.keep(revised, changing, revisedMeters(report, columns, groups, rows())),
    };
  }
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function keyed(count: DayCount | null): { counts: GroupCounts; keys: GroupColumn['keys'] } | null {
  return count && { counts: count.counts, keys: count.groups.keys };
}

/** Days may be counted by different versions of the registry, or from the stores: then their groups are not the same. */
function aligned(day: CountedDay, keys: GroupColumn['keys']): CountedDay {
  if (day.keys === keys) return day;
  const same = (counts: GroupCounts): GroupCounts => regrouped(counts, day.keys, keys);
  return {
    ...day,
    keys,
    counts: same(day.counts),
    before: day.before && { ...day.before, counts: same(day.before.counts) },
    // Reports are told for single days, which have but one set of groups.
    report: null,
  };
}

function unionOf(all: readonly GroupColumn['keys'][]): GroupColumn['keys'] {
  const [first = []] = all;
  if (all.every((keys) => keys === first)) return first;
  return [...new Set(all.flat())].sort(compareKeys);
}
