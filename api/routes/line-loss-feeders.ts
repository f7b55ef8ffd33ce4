import { Type } from 'typebox';
import { ApiProblem } from '../errors.ts';
import { headKey, type LossQuery } from '../queries/line-loss.ts';
import { tracedDays } from '../queries/line-loss-days.ts';
import { feederRows } from '../queries/line-loss-feeder-rows.ts';
import { lossPeriod } from '../queries/line-loss-period.ts';
import { LossReadings } from '../queries/line-loss-readings.ts';
import { areaRows, checkScope, partialWarnings, warningsOf } from '../queries/line-loss-rows.ts';
import { partShape } from '../queries/line-loss-shapes.ts';
import { Cursor, DateText, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import { FeederLossShape, FeederTraceShape, LossDaysQuery, PeriodText } from '../schemas/line-loss.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

export function feederLossRoutes(app: App, kit: Kit, losses: LossQuery): void {
  const readings = new LossReadings(kit.validated);

  app.get(
    '/line-loss/feeders',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Line loss of feeders (线路线损)',
        description:
          'The sum of the areas below, and where there are meters at the head, their supply against all sales.',
        querystring: strict({
          date: Type.Optional(DateText),
          period: Type.Optional(PeriodText),
          district: Type.Optional(IdText),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(FeederLossShape, { period: Type.String() }), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const { district, limit = 100 } = query;
      checkScope(index, district, undefined);
      const period = lossPeriod(query, index.registry.timeZone, kit.clock.now());
      const list = `feeder-loss ${JSON.stringify([period.name, district])}`;
      const [after = ''] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const rest = index.registry.feeders
        .filter((feeder) => (district === undefined || feeder.district === district) && feeder.id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const page = rest.slice(0, limit);
      const found = await feederRows(losses, index, period, page);
      const last = page.at(-1);
      return {
        items: found.rows,
        nextCursor: rest.length > limit && last ? kit.cursors.encode(list, [last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [
          ...warningsOf(period, found.losses),
          ...partialWarnings(found.sum),
          ...(await kit.figuresLag.warnings()),
        ],
        period: period.name,
      };
    },
  );

  app.get(
    '/line-loss/feeders/:id',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Line loss of a feeder with its areas (线路线损明细)',
        description: 'With a date also the registers of the meters at the head.',
        params: strict({ id: IdText }),
        querystring: LossDaysQuery,
        response: { 200: FeederTraceShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const feeder = index.feeder(params.id);
      if (!feeder) throw new ApiProblem('unknown_feeder', `no feeder has the id ${params.id}`);
      const period = lossPeriod(query, index.registry.timeZone, kit.clock.now());
      const { rows, warnings, partial } = await areaRows(losses, index, period, { feeder: feeder.id });
      const found = await feederRows(losses, index, period, [feeder]);
      const [total] = found.rows;
      if (!total) throw new ApiProblem('unknown_feeder', `no feeder has the id ${params.id}`);
      const key = headKey(index, feeder.id);
      const [date] = period.over;
      const worked =
        key !== null && period.kind === 'day' && date !== undefined
          ? await readings.feeder(index, feeder.id, date)
          : null;
      const days = key === null ? [] : await losses.days(key, period.over);
      return {
        period: period.name,
        ...(await kit.site.stamp()),
        warnings: [...warnings, ...partial],
        total,
        areas: rows,
        headDays: tracedDays('feeders', feeder.id, days, worked, losses.bands),
        headParts: worked === null ? null : worked.parts.map((part) => partShape(index, part, worked)),
      };
    },
  );
}
