import { Type } from 'typebox';
import { ANOMALY_RULES } from '#contract/anomaly.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { precisionOf } from '#domain/anomalies/verdicts.ts';
import { anomalyDetail, anomalyFilter, anomalyShape, ruleTexts } from '../queries/anomalies.ts';
import { anomalyById, judgeAnomaly, keyNames } from '../queries/anomaly-verdicts.ts';
import { dateParameter } from '../queries/parameters.ts';
import {
  AnomalyCountShape,
  AnomalyDetailShape,
  AnomalyQuery,
  AnomalyShape,
  PrecisionShape,
  VerdictRequest,
} from '../schemas/anomalies.ts';
import { Cursor, DateText, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const TAGS = ['analysts'];
const AnomalyPath = strict({ id: IdText });

/** Abnormal use: what the rules found, and what the field found then (用电异常). */
export function anomalyRoutes(app: App, kit: Kit): void {
  listRoute(app, kit);
  countRoutes(app, kit);
  oneRoutes(app, kit);
}

function listRoute(app: App, kit: Kit): void {
  app.get(
    '/anomalies',
    {
      schema: {
        tags: TAGS,
        summary: 'Meters whose data contradict each other, or whose load is too much, newest first (用电异常)',
        description:
          'from and to are business dates, both included: anomalies that lasted at some moment between them. What the ' +
          'rules mean stands in /code-lists/anomaly-rules.',
        querystring: Type.Object(
          { ...AnomalyQuery.properties, limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) },
          { additionalProperties: false },
        ),
        response: { 200: listOf(AnomalyShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { limit = 100, cursor, ...query } }) => {
      const index = await kit.site.index();
      const filter = anomalyFilter(query, index.registry.timeZone);
      const list = `anomalies ${JSON.stringify(filter)}`;
      const [openedAt, id] = cursor === undefined ? [] : kit.cursors.decode(list, cursor);
      const found = await kit.state.anomalies.list({
        ...filter,
        limit: limit + 1,
        ...(id !== undefined && { after: { openedAt: Number(openedAt), id: String(id) } }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const verdicts = await kit.state.anomalies.verdicts(page.map((anomaly) => anomaly.id));
      const byId = new Map(verdicts.map((verdict) => [verdict.anomaly, verdict]));
      return {
        items: page.map((anomaly) => anomalyShape(index, anomaly, byId.get(anomaly.id))),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.openedAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function countRoutes(app: App, kit: Kit): void {
  app.get(
    '/anomalies/summary',
    {
      schema: {
        tags: TAGS,
        summary: 'Anomalies that opened and closed on a day, and are open at its end (异常统计)',
        querystring: strict({
          date: Type.Optional(DateText),
          groupBy: Type.Optional(Type.Enum(['rule', 'area', 'district'], { default: 'rule' })),
        }),
        response: { 200: listOf(AnomalyCountShape, { date: DateText, groupBy: Type.String() }), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { date: asked, groupBy = 'rule' } }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const stamp = await kit.site.stamp();
      const date = dateParameter('date', asked ?? stamp.asOf.slice(0, 10));
      const [from, to] = [instantOf(zone, date), instantOf(zone, addDays(date, 1))];
      const counts = await kit.state.anomalies.counts(groupBy, from, to);
      const nameOf = keyNames(index, groupBy);
      return {
        items: counts.map((count) => ({ ...count, name: count.key === null ? null : nameOf(count.key) })),
        nextCursor: null,
        ...stamp,
        ...{ date, groupBy },
        warnings: [],
      };
    },
  );

  app.get(
    '/anomalies/precision',
    {
      schema: {
        tags: TAGS,
        summary: 'How often each rule was right, by what the field found (规则准确率)',
        description:
          'Of verdicts given since a business date; the newest on each anomaly counts. Theft bears out a suspicion of ' +
          'theft; the other rules are borne out by wiring faults and meter faults as well. Wrong master data refute.',
        querystring: strict({ since: Type.Optional(DateText) }),
        response: { 200: listOf(PrecisionShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { since } }) => {
      const index = await kit.site.index();
      const from = since === undefined ? 0 : instantOf(index.registry.timeZone, dateParameter('since', since));
      const precision = precisionOf(ANOMALY_RULES, await kit.state.anomalies.verdictCounts(from));
      return {
        items: precision.map((each) => ({ ...each, name: { ...ruleTexts(each.rule).name } })),
        nextCursor: null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function oneRoutes(app: App, kit: Kit): void {
  const detail = async (id: string) => {
    const index = await kit.site.index();
    const anomaly = await anomalyById(kit, id);
    const [verdict] = await kit.state.anomalies.verdicts([id]);
    return { ...anomalyDetail(index, anomaly, verdict, kit.clock.now()), ...(await kit.site.stamp()) };
  };

  app.get(
    '/anomalies/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'One anomaly: what was seen, what to do, and where to see it',
        params: AnomalyPath,
        querystring: NoQuery,
        response: { 200: AnomalyDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    ({ params }) => detail(params.id),
  );

  app.post(
    '/anomalies/:id/verdict',
    {
      schema: {
        tags: TAGS,
        summary: 'What the field found (现场核查结论)',
        description:
          'The newest verdict counts. Saying the same again changes nothing, so the request may be repeated, with an ' +
          'Idempotency-Key or without one. It is told as anomaly.judged.v1.',
        params: AnomalyPath,
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: VerdictRequest,
        response: { 200: AnomalyDetailShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, body, keyId }) => {
      const anomaly = await anomalyById(kit, params.id);
      await judgeAnomaly(kit, anomaly, { ...body, by: keyId ?? '' });
      return detail(params.id);
    },
  );
}
