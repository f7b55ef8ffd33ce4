import { Type } from 'typebox';
import { LossQuery } from '../queries/line-loss.ts';
import { lossPeriod, periodWarnings } from '../queries/line-loss-period.ts';
import { rankedAreas, suspicionShape } from '../queries/suspicions.ts';
import { Cursor, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import { LossDaysQuery } from '../schemas/line-loss.ts';
import { RankedAreaShape, SuspicionShape } from '../schemas/suspicions.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

/** Of what is supplied to an area so much is lost in its wires and transformer as a rule, per cent: 经济线损 0 … 4 %. */
const TECHNICAL_PERCENT = 4;

export function suspicionRoutes(app: App, kit: Kit): void {
  listRoute(app, kit);
  areasRoute(app, kit);
}

function listRoute(app: App, kit: Kit): void {
  app.get(
    '/suspicions',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Customers suspected of theft, with the reasons in words (疑似窃电)',
        description:
          'Newest first. A suspicion is a reason to look, no finding: what the field found is told by ' +
          'POST /anomalies/{id}/verdict, and shows how often each rule was right in GET /anomalies/precision.',
        querystring: strict({
          state: Type.Optional(Type.Enum(['open', 'closed'])),
          area: Type.Optional(IdText),
          district: Type.Optional(IdText),
          minScore: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(SuspicionShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { state, area, district, minScore } = query;
      const index = await kit.site.index();
      const limit = query.limit ?? 100;
      const list = `suspicions ${JSON.stringify([state, area, district, minScore])}`;
      const [openedAt, id] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const found = await kit.state.anomalies.list({
        rules: ['theft_suspected'],
        limit: limit + 1,
        ...(state && { state }),
        ...(area !== undefined && { area }),
        ...(district !== undefined && { district }),
        ...(minScore !== undefined && { minScore }),
        ...(id !== undefined && { after: { openedAt: Number(openedAt), id: String(id) } }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const verdicts = await kit.state.anomalies.verdicts(page.map((anomaly) => anomaly.id));
      const byId = new Map(verdicts.map((verdict) => [verdict.anomaly, verdict]));
      return {
        items: page.map((anomaly) => suspicionShape(index, anomaly, byId.get(anomaly.id), kit.clock.now())),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.openedAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function areasRoute(app: App, kit: Kit): void {
  const losses = new LossQuery(kit.figures, kit.figuresSettings);
  app.get(
    '/suspicions/areas',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Areas by the energy they lost beyond the technical loss, with the suspects in them',
        description:
          `Sums of computable days; the technical loss is ${TECHNICAL_PERCENT} % of the supply unless technicalPercent ` +
          'says otherwise. Areas without a computable day are left out. Without date, period or range: yesterday.',
        querystring: Type.Object(
          {
            ...LossDaysQuery.properties,
            district: Type.Optional(IdText),
            technicalPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 50 })),
            limit: Type.Optional(Limit),
          },
          { additionalProperties: false },
        ),
        response: { 200: listOf(RankedAreaShape, { period: Type.String() }), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { district, technicalPercent = TECHNICAL_PERCENT, limit = 100, ...days } = query;
      const index = await kit.site.index();
      const period = lossPeriod(days, index.registry.timeZone, kit.clock.now());
      const parts = { losses, anomalies: kit.state.anomalies };
      const ranked = await rankedAreas(parts, index, period, { district, technicalPercent });
      return {
        items: ranked.slice(0, limit).map(({ area, ...row }) => {
          const feeder = index.area(area)?.feeder ?? '';
          const place = { feeder, district: index.feeder(feeder)?.district ?? null };
          return { area, name: index.area(area)?.name ?? '', ...place, ...row };
        }),
        nextCursor: null,
        ...(await kit.site.stamp()),
        warnings: [...periodWarnings(period), ...(await kit.figuresLag.warnings())],
        period: period.name,
      };
    },
  );
}
