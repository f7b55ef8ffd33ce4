import { Type } from 'typebox';
import { CAUSE_KINDS, SHOWN_STATES } from '#domain/collection/causes.ts';
import type { FailingMeter } from '#domain/collection/failures.ts';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { ApiProblem } from '../errors.ts';
import { type Case, causeKey, meterFilter, meterKey, pageAfter, SORTS, type Wanted } from '../queries/failure-list.ts';
import { longestRun } from '../queries/failures-seen.ts';
import { dateParameter, taskParameter, yesterday } from '../queries/parameters.ts';
import { knownScope, scopeOf } from '../queries/scope.ts';
import { Cursor, DateText, IdText, Limit, listOf, ReasonCode, strict, TaskId } from '../schemas/common.ts';
import { CauseShape, FailureShape } from '../schemas/failures.ts';
import { causeShapes, failureShape, reasonShape } from './failure-shapes.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

export { reasonShape };

const FailureQueryShape = strict({
  date: Type.Optional(DateText),
  task: Type.Optional(TaskId),
  groupBy: Type.Optional(Type.Enum(['meter', 'cause'])),
  state: Type.Optional(Type.Enum([...SHOWN_STATES])),
  reason: Type.Optional(ReasonCode),
  kind: Type.Optional(Type.Enum([...CAUSE_KINDS])),
  consecutiveDaysMin: Type.Optional(Type.Integer({ minimum: 1, maximum: 31 })),
  ...(Object.fromEntries(GROUPINGS.map((grouping) => [grouping, Type.Optional(IdText)])) as Record<
    (typeof GROUPINGS)[number],
    ReturnType<typeof Type.Optional<typeof IdText>>
  >),
  sort: Type.Optional(Type.Enum([...SORTS])),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
});

export function failureRoutes(app: App, kit: Kit): void {
  app.get(
    '/collection/failures',
    {
      schema: {
        tags: ['operators'],
        summary: 'Meters without a good value, and why (失败清单)',
        description:
          'With groupBy=cause, one row for each thing to repair: a dead concentrator, or an area without power, is one ' +
          'row. A filter by reason, run or place chooses the causes that have such a meter; the numbers of a row are ' +
          'always those of the whole cause. Solved causes, and those whose meters are all excluded by hand, are listed ' +
          'only when state asks for them. Runs of days are counted over at most 31 days, for a task with many slots a ' +
          'day over 2. Without a date: yesterday.',
        querystring: FailureQueryShape,
        response: {
          200: listOf(Type.Union([FailureShape, CauseShape]), {
            date: DateText,
            task: Type.String(),
            total: Type.Integer(),
          }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const date = dateParameter('date', query.date ?? yesterday(zone, kit.clock.now()));
      const wanted: Wanted = {
        reason: query.reason ?? null,
        kind: query.kind ?? null,
        state: query.state ?? null,
        consecutiveDaysMin: query.consecutiveDaysMin ?? 1,
        scope: knownScope(kit.dayCounts.registered(index), scopeOf(query)),
      };
      if (wanted.consecutiveDaysMin > longestRun(task)) {
        throw new ApiProblem('bad_request', `runs of ${task.id} are counted over at most ${longestRun(task)} days`, [
          { pointer: '/consecutiveDaysMin', detail: `must be at most ${longestRun(task)} for this task` },
        ]);
      }
      const byCause = query.groupBy === 'cause';
      const sort = query.sort ?? 'meters';
      const list = `failures ${JSON.stringify([task.id, date, byCause, sort, wanted])}`;
      const position = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const cases = (await kit.failureQuery.cases(index, task, date, wanted.state)).filter(
        (each) =>
          (wanted.kind === null || each.cause.kind === wanted.kind) &&
          (wanted.state === null || each.state === wanted.state),
      );
      const matches = meterFilter(index, wanted);
      const meta = { date, task: task.id, warnings: await kit.figuresLag.warnings() };
      const said = (next: readonly (string | number)[] | null) =>
        next === null ? null : kit.cursors.encode(list, next);
      if (byCause) {
        const found = cases.filter(({ cause }) => cause.members.some(matches));
        const { items, next } = pageAfter(found, causeKey(sort), position, query.limit);
        const shapes = await causeShapes(kit, zone, task, items, matches);
        return { items: shapes, nextCursor: said(next), ...(await kit.site.stamp()), ...meta, total: found.length };
      }
      const { rows, caseOf } = metersOf(cases, matches);
      const { items, next } = pageAfter(rows, meterKey(sort), position, query.limit);
      const attempts = await kit.failureQuery.attempts(task, items);
      return {
        items: attempts.map((row) => failureShape(zone, caseOf.get(row.meter.id) ?? '', row)),
        nextCursor: said(next),
        ...(await kit.site.stamp()),
        ...meta,
        total: rows.length,
      };
    },
  );
}

function metersOf(
  cases: readonly Case[],
  matches: (row: FailingMeter) => boolean,
): { rows: FailingMeter[]; caseOf: Map<string, string> } {
  const rows: FailingMeter[] = [];
  const caseOf = new Map<string, string>();
  for (const { id, cause } of cases) {
    for (const row of cause.members) {
      if (!matches(row) || caseOf.has(row.meter.id)) continue;
      rows.push(row);
      caseOf.set(row.meter.id, id);
    }
  }
  return { rows, caseOf };
}
