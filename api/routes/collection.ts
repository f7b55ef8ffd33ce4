import { type Static, Type } from 'typebox';
import { dateOf } from '#contract/zone.ts';
import { type ColumnFigures, SORT_KEYS, type SortKey } from '#domain/collection/column-figures.ts';
import type { Figures } from '#domain/collection/figures.ts';
import { shown } from '../queries/collection.ts';
import { datesParameter } from '../queries/date-range.ts';
import { taskParameter } from '../queries/parameters.ts';
import { groupName, scopeOf } from '../queries/scope.ts';
import { type CountedSummary, Summaries, type Told, type ToldDay } from '../queries/summary.ts';
import { Cursor, DateText, Problem, strict, TaskId } from '../schemas/common.ts';
import { type FiguresShape, GroupBy, GroupSort, SCOPE_PARAMETERS, SummaryShape } from '../schemas/figures.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const DEFAULT_GROUPS = 1000;

export function collectionRoutes(app: App, kit: Kit): void {
  const summaries = new Summaries(kit.dayCounts, kit.state.dayReports);
  app.get(
    '/collection/summary',
    {
      schema: {
        tags: ['operators'],
        summary: 'Collection figures of a day or a range (采集成功率)',
        description:
          'Counted from the registry, not from who reported. Without a date: yesterday. With from and to, both ' +
          'inclusive and at most 62 days, the figures are sums over the days, and rates come from the sums. The ' +
          'groups add up to the total. The day before is compared where its figures are kept.',
        querystring: strict({
          date: Type.Optional(DateText),
          from: Type.Optional(DateText),
          to: Type.Optional(DateText),
          task: Type.Optional(TaskId),
          groupBy: Type.Optional(GroupBy),
          ...SCOPE_PARAMETERS,
          sort: Type.Optional(GroupSort),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: DEFAULT_GROUPS, default: DEFAULT_GROUPS })),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: SummaryShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request) => {
      const { query } = request;
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const dates = datesParameter(query, zone, kit.clock.now());
      const [from, to] = [dates[0] ?? '', dates.at(-1) ?? ''];
      const groupBy = query.groupBy ?? null;
      const scope = scopeOf(query);
      const sort = query.sort ?? 'key';
      const list = `summary ${JSON.stringify([task.id, from, to, groupBy, scope, sort])}`;
      const position = query.cursor === undefined ? null : kit.cursors.decode(list, query.cursor);
      const counted = await summaries.of({ index, task, dates, groupBy, scope });
      const page = groupPage(counted, groupBy === null ? null : sort, position, query.limit);
      const { total } = counted;
      const target = kit.figuresSettings.targetSuccessRate;
      const days = counted.days.map((day) => dayShape(day, zone, target));
      const [single = null] = dates.length === 1 ? days : [];
      const { figures, ...beside } = toldShape(total);
      return {
        date: to,
        from,
        to,
        task: task.id,
        ...(await kit.site.stamp()),
        scope: Object.fromEntries(scope),
        total: figures,
        ...beside,
        target: {
          successRate: target,
          met: met(total.figures, target),
        },
        closedAt: single?.closedAt ?? null,
        days: single ? [] : days,
        groupBy,
        groups: page.groups.map((group) => {
          const { key, ...told } = counted.group(group);
          return { key, name: groupName(index, groupBy, key), ...toldShape(told) };
        }),
        groupCount: page.of,
        nextCursor: page.next && kit.cursors.encode(list, page.next),
        warnings: [
          ...aheadWarnings(dates, dateOf(zone, kit.clock.now())),
          ...warningsOf(total.figures.open),
          ...(await kit.figuresLag.warnings()),
        ],
      };
    },
  );
}

function sorted(counted: CountedSummary, sort: string): number[] {
  const down = sort.startsWith('-');
  const name = down ? sort.slice(1) : sort;
  const key: SortKey = SORT_KEYS.find((each) => each === name) ?? 'key';
  return counted.sorted(key, down);
}

interface GroupPage {
  readonly groups: readonly number[];
  /** Groups on all pages. */
  readonly of: number;
  /** Where the next page begins: how many groups were given, and the key of the last. */
  readonly next: readonly (string | number)[] | null;
}

/** Goes on behind the group that came last; where that is no longer there, behind as many groups as were given. */
function groupPage(
  counted: CountedSummary,
  sort: string | null,
  position: readonly (string | number)[] | null,
  limit = DEFAULT_GROUPS,
): GroupPage {
  const groups = sort === null ? [] : sorted(counted, sort);
  const [given = 0, last] = position ?? [];
  const found = position === null ? -1 : groups.findIndex((group) => `${counted.keyOf(group)}` === last);
  const start = found >= 0 ? found + 1 : Number(given);
  const page = groups.slice(start, start + limit);
  const end = start + page.length;
  const next = end < groups.length ? [end, `${counted.keyOf(page.at(-1) ?? 0)}`] : null;
  return { groups: page, of: groups.length, next };
}

/** Held against the exact share, not against the rate as it is shown. Null when nothing was expected. */
function met({ answeredFirst, answeredRetry, answeredLate, expected }: ColumnFigures, target: number): boolean | null {
  if (expected === 0) return null;
  return (answeredFirst + answeredRetry + answeredLate) * 100 >= target * expected;
}

function toldShape({ figures, comparison, reported, revisions }: Told) {
  return {
    figures: figuresShape(figures),
    comparison,
    reported: reported && plainShape(reported),
    revisions,
  };
}

function dayShape({ date, closedAt, ...told }: ToldDay, zone: string, target: number) {
  return { date, ...toldShape(told), met: met(told.figures, target), closedAt: shown(zone, closedAt) };
}

function figuresShape(figures: ColumnFigures): Static<typeof FiguresShape> {
  return { ...figures, failedBy: [...figures.failedBy] };
}

function plainShape(figures: Figures) {
  return { ...figures, failedBy: [...figures.failedBy] };
}

/** Of days to come nothing is due yet: their zeros are no figures. */
function aheadWarnings(dates: readonly string[], today: string): string[] {
  const [first, ...more] = dates.filter((date) => date > today);
  if (first === undefined) return [];
  return [`nothing is due yet of ${more.length + 1} days that have not come, the first is ${first}`];
}

function warningsOf(open: number): string[] {
  return open === 0 ? [] : [`${open} due reads are still being tried; the figures may improve`];
}
