import { type Static, Type } from 'typebox';
import { slotsOfDay } from '#contract/calendar.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { RULE_CATALOGUE } from '#domain/vee/catalogue.ts';
import { datesParameter } from '../queries/date-range.ts';
import { type FindingPosition, findingPage, findingShape, ruleCounts } from '../queries/findings.ts';
import { dateParameter, taskParameter, yesterday } from '../queries/parameters.ts';
import { Cursor, DateText, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import { FindingShape, FindingSummaryShape, RuleCode, RuleShape, SeverityCode } from '../schemas/findings.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const TaskId = Type.String({
  default: 'freeze-day',
  maxLength: 64,
  description: 'A day freeze, or a profile for the sum check of its days',
});

/** What the rules of validation found (数据校核). */
export function findingRoutes(app: App, kit: Kit): void {
  app.get(
    '/findings',
    {
      schema: {
        tags: ['operators'],
        summary: 'Findings of the validation rules (校核异常)',
        description:
          'Of one business date, or of from to to, both inclusive and at most 62 days; without any: yesterday. What the ' +
          'rules mean stands in /code-lists/rules. Rules change no value: what is suspect is kept and counts for nothing ' +
          'until a person decides.',
        querystring: strict({
          date: Type.Optional(DateText),
          from: Type.Optional(DateText),
          to: Type.Optional(DateText),
          task: Type.Optional(TaskId),
          rule: Type.Optional(RuleCode),
          severity: Type.Optional(SeverityCode),
          meter: Type.Optional(IdText),
          area: Type.Optional(IdText),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: {
          200: listOf(FindingShape, { from: DateText, to: DateText, task: Type.String() }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const dates = datesParameter(query, zone, kit.clock.now());
      const [first = '', last = ''] = [dates[0], dates.at(-1)];
      const { rule, severity, meter, area } = query;
      const scope = {
        ...{ task: task.id, rule, severity, meter, area },
        from: instantOf(zone, first),
        to: instantOf(zone, addDays(last, 1)),
      };
      const list = `findings ${JSON.stringify([task.id, first, last, rule, severity, meter, area])}`;
      const position =
        query.cursor === undefined ? null : (kit.cursors.decode(list, query.cursor) as unknown as FindingPosition);
      const page = await findingPage(kit.figures, index, scope, position, query.limit ?? 100);
      return {
        items: page.findings.map((finding) => findingShape(index, finding)).filter((shape) => shape !== null),
        nextCursor: page.next === null ? null : kit.cursors.encode(list, page.next),
        ...(await kit.site.stamp()),
        from: first,
        to: last,
        task: task.id,
        warnings: await notKept(kit, task, dates),
      };
    },
  );

  app.get(
    '/findings/summary',
    {
      schema: {
        tags: ['operators'],
        summary: 'Number of findings of a day by rule (校核异常统计)',
        querystring: strict({ date: Type.Optional(DateText), task: Type.Optional(TaskId) }),
        response: { 200: FindingSummaryShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const date = dateParameter('date', query.date ?? yesterday(zone, kit.clock.now()));
      const rules = await ruleCounts(kit.figures, task.id, slotsOfDay(task.calendar, zone, date).slice(0, 1));
      const countOf = (severity: Static<typeof SeverityCode>): number =>
        rules.reduce((sum, each) => sum + (each.severity === severity ? each.count : 0), 0);
      const [suspect, note] = [countOf('suspect'), countOf('note')];
      const warnings = await notKept(kit, task, [date]);
      const kept = warnings.length === 0;
      return {
        ...{ date, task: task.id, kept, total: suspect + note, suspect, note, rules, warnings },
        ...(await kit.site.stamp()),
      };
    },
  );

  app.get(
    '/code-lists/rules',
    {
      schema: {
        tags: ['operators'],
        summary: 'Rules of validation with their thresholds (校核规则)',
        querystring: NoQuery,
        response: { 200: listOf(RuleShape), ...PROBLEM_RESPONSES },
      },
    },
    async () => ({
      items: RULE_CATALOGUE.map(({ id, zh, en, severity, runs, needs, parameters }) => ({
        code: id,
        text: { zh, en },
        severity,
        runs: [...runs],
        needs: [...needs],
        parameters: parameters.map((parameter) => ({ ...parameter })),
      })),
      nextCursor: null,
      ...(await kit.site.stamp()),
      warnings: [],
    }),
  );
}

/** Days of which nothing can be told, because their figures are not kept. */
async function notKept(
  { figures }: Kit,
  task: { readonly id: string; readonly kind: string },
  dates: readonly string[],
): Promise<string[]> {
  if (task.kind !== 'freeze-day') return [];
  const kept = new Set((await figures.days(task.id)).map(({ date }) => date));
  const missing = dates.filter((date) => !kept.has(date));
  if (missing.length === 0) return [];
  const [first = '', last = ''] = [missing[0], missing.at(-1)];
  const which = missing.length === 1 ? first : `${missing.length} days from ${first} to ${last}`;
  return [`the figures of ${which} are not kept: what the rules would find there is not known`];
}
