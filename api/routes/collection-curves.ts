import { Type } from 'typebox';
import { dateOf, isoLocal } from '#contract/zone.ts';
import { ArrivalQuery } from '../queries/arrival.ts';
import { CompletenessQuery } from '../queries/completeness.ts';
import { CoverageQuery } from '../queries/coverage.ts';
import { datesParameter } from '../queries/date-range.ts';
import { DuePointsQuery } from '../queries/due-points.ts';
import { FieldQuery } from '../queries/field.ts';
import { dateParameter, taskParameter } from '../queries/parameters.ts';
import { groupName, scopeOf } from '../queries/scope.ts';
import { Cursor, DateText, Limit, Problem, strict, TaskId } from '../schemas/common.ts';
import { ArrivalShape, CompletenessShape, CoverageShape } from '../schemas/figure-curves.ts';
import { GroupBy, SCOPE_PARAMETERS } from '../schemas/figures.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const DEFINITIONS = {
  coverageRate: {
    zh: '采集覆盖率 = 已安装且绑定到在册采集进程链路的在运电能表数 ÷ 在运计量点数（含在运但未装表的户号）',
    en: 'installed meters in service that are bound to a line of a known collector ÷ metering points in service, accounts without a meter included',
  },
  onlineNowRate: {
    zh: '终端在线率（实时）= 当前在线终端数 ÷ 在运终端数；终端为集中器，或无集中器的链路',
    en: 'terminals on line now ÷ terminals in service; a terminal is a concentrator, or a line without one',
  },
  onlineTodayRate: {
    zh: '终端在线率（当日）= 当日日冻结至少采到一块表的终端数 ÷ 在运终端数',
    en: 'terminals that gave the day freeze of today for at least one meter ÷ terminals in service',
  },
} as const;

export function collectionCurveRoutes(app: App, kit: Kit): void {
  arrivalRoute(app, kit);
  completenessRoute(app, kit);
  coverageRoute(app, kit);
}

function arrivalRoute(app: App, kit: Kit): void {
  const arrivals = new ArrivalQuery(kit.keptDays, kit.clock);
  app.get(
    '/collection/arrival',
    {
      schema: {
        tags: ['operators'],
        summary: 'When the values of a day come in (及时率曲线)',
        description:
          'Valid values read by the end of each quarter hour from the slot to 24:00, beside the day before and the ' +
          'mean of the 7 days before. Without a date: today. Only of days whose figures are kept.',
        querystring: strict({
          date: Type.Optional(DateText),
          task: Type.Optional(TaskId),
          ...SCOPE_PARAMETERS,
        }),
        response: { 200: ArrivalShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const date = dateParameter('date', query.date ?? dateOf(zone, kit.clock.now()));
      const scope = scopeOf(query);
      const { expected, points, meanDays } = await arrivals.of(index, task, date, scope);
      return {
        date,
        task: task.id,
        ...(await kit.site.stamp()),
        scope: Object.fromEntries(scope),
        expected,
        points: points.map((point) => ({ ...point, until: isoLocal(zone, point.until) })),
        meanDays,
        warnings: [
          ...(meanDays < 7 ? [`the mean is that of ${meanDays} days: no more are kept`] : []),
          ...(await kit.figuresLag.warnings()),
        ],
      };
    },
  );
}

function completenessRoute(app: App, kit: Kit): void {
  const completeness = new CompletenessQuery(kit.keptDays, kit.dayCounts, new DuePointsQuery(kit.state), kit.clock);
  app.get(
    '/collection/completeness',
    {
      schema: {
        tags: ['operators'],
        summary: 'Completeness of load profiles (曲线数据完整率)',
        description:
          'Points that came, of those owed so far: of 96 a day, or 92 and 100 where the clock is changed. The rate ' +
          'leaves suspect points out. Groups come worst first. Without a date: yesterday; with from and to a range.',
        querystring: strict({
          date: Type.Optional(DateText),
          from: Type.Optional(DateText),
          to: Type.Optional(DateText),
          task: Type.Optional(Type.String({ default: 'profile', maxLength: 64, description: 'Task id' })),
          groupBy: Type.Optional(GroupBy),
          ...SCOPE_PARAMETERS,
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: CompletenessShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const task = taskParameter(index, query.task ?? 'profile');
      const dates = datesParameter(query, index.registry.timeZone, kit.clock.now());
      const groupBy = query.groupBy ?? null;
      const scope = scopeOf(query);
      const list = `completeness ${JSON.stringify([task.id, dates, groupBy, scope])}`;
      const [start = 0] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const { total, days, groups } = await completeness.of({ index, task, dates, groupBy, scope });
      const listed = groupBy === null ? [] : groups;
      const end = Number(start) + (query.limit ?? 100);
      return {
        from: dates[0] ?? '',
        to: dates.at(-1) ?? '',
        task: task.id,
        ...(await kit.site.stamp()),
        scope: Object.fromEntries(scope),
        total,
        days: [...days],
        groupBy,
        groups: listed
          .slice(Number(start), end)
          .map(({ key, figures }) => ({ key, name: groupName(index, groupBy, key), figures })),
        groupCount: listed.length,
        nextCursor: end < listed.length ? kit.cursors.encode(list, [end]) : null,
        warnings: await kit.figuresLag.warnings(),
      };
    },
  );
}

function coverageRoute(app: App, kit: Kit): void {
  const field = new FieldQuery(kit.state.status, kit.clock);
  const coverage = new CoverageQuery(kit.keptDays, kit.dayCounts, field, kit.clock);
  app.get(
    '/collection/coverage',
    {
      schema: {
        tags: ['operators'],
        summary: 'Coverage and terminals on line (采集覆盖率, 终端在线率)',
        description:
          'Of what is in service now; the answer names each definition. A terminal counts in every group that it ' +
          'serves, so terminals of the groups may add up to more than the total.',
        querystring: strict({
          groupBy: Type.Optional(GroupBy),
          ...SCOPE_PARAMETERS,
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: CoverageShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const groupBy = query.groupBy ?? null;
      const scope = scopeOf(query);
      const list = `coverage ${JSON.stringify([groupBy, scope])}`;
      const [start = 0] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const { total, groups } = await coverage.of(index, groupBy, scope);
      const end = Number(start) + (query.limit ?? 100);
      return {
        ...(await kit.site.stamp()),
        scope: Object.fromEntries(scope),
        definitions: DEFINITIONS,
        total,
        groupBy,
        groups: groups
          .slice(Number(start), end)
          .map(({ key, coverage: figures }) => ({ key, name: groupName(index, groupBy, key), coverage: figures })),
        groupCount: groups.length,
        nextCursor: end < groups.length ? kit.cursors.encode(list, [end]) : null,
        warnings: total.onlineToday === null ? ['who answered today cannot be told yet: the day is not kept'] : [],
      };
    },
  );
}
