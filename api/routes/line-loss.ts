import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ApiProblem } from '../errors.ts';
import { acceptedType } from '../formats/accept.ts';
import { XLSX_TYPE, xlsx } from '../formats/xlsx.ts';
import { LossQuery } from '../queries/line-loss.ts';
import { lossPeriod } from '../queries/line-loss-period.ts';
import { areaRows } from '../queries/line-loss-rows.ts';
import { areaSheet, lossCsv, notesSheet } from '../queries/line-loss-sheet.ts';
import { LOSS_SORTS, type LossSort, sortedPage } from '../queries/line-loss-sort.ts';
import { Cursor, DateText, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { AreaLossShape, LossStateEnum, PeriodText } from '../schemas/line-loss.ts';
import { feederLossRoutes } from './line-loss-feeders.ts';
import { lossReportRoutes } from './line-loss-reports.ts';
import { lossTraceRoutes } from './line-loss-trace.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const FORMATS = ['json', 'csv', 'xlsx'] as const;
type Format = (typeof FORMATS)[number];
const TYPES = { 'application/json': 'json', 'text/csv': 'csv', [XLSX_TYPE]: 'xlsx' } as const;
const TYPE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];

const AreaList = listOf(AreaLossShape, {
  period: Type.String(),
  total: Type.Integer({ description: 'Areas that the filters leave' }),
});
const File = Type.Unsafe<Readable>({ type: 'string', description: 'CSV or XLSX of all areas that the filters leave' });

export function lineLossRoutes(app: App, kit: Kit): void {
  const losses = new LossQuery(kit.figures, kit.figuresSettings);
  areaRoutes(app, kit, losses);
  lossTraceRoutes(app, kit, losses);
  feederLossRoutes(app, kit, losses);
  lossReportRoutes(app, kit, losses);
}

function areaRoutes(app: App, kit: Kit, losses: LossQuery): void {
  app.get(
    '/line-loss/areas',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Line loss of areas on a day or in a month (台区同期线损)',
        description:
          'Freezes of 00:00 at both ends. Sums hold computable days only; an area without one has null and the reason. ' +
          'Without date or period: yesterday. CSV and XLSX give all areas and take no cursor.',
        querystring: strict({
          date: Type.Optional(DateText),
          period: Type.Optional(PeriodText),
          district: Type.Optional(IdText),
          feeder: Type.Optional(IdText),
          state: Type.Optional(LossStateEnum),
          sort: Type.Optional(Type.Enum([...LOSS_SORTS])),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
          format: Type.Optional(Type.Enum([...FORMATS])),
        }),
        produces: TYPE_NAMES,
        response: { 200: Type.Union([AreaList, File]), 406: Problem, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, headers }, reply) => {
      const format = query.format ?? formatOf(headers.accept);
      const index = await kit.site.index();
      const period = lossPeriod(query, index.registry.timeZone, kit.clock.now());
      const { rows, warnings, partial, total } = await areaRows(losses, index, period, query);
      const sort: LossSort = query.sort ?? '-lostWh';
      const stamp = await kit.site.stamp();
      if (format === 'json') {
        const list = `line-loss ${JSON.stringify([period.name, query.district, query.feeder, query.state, sort])}`;
        const position = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
        const page = sortedPage(rows, sort, position, query.limit);
        const nextCursor = page.next === null ? null : kit.cursors.encode(list, page.next);
        const told = { ...stamp, warnings: [...warnings, ...(await kit.figuresLag.warnings())] };
        return { items: page.items, nextCursor, ...told, period: period.name, total: rows.length };
      }
      const sorted = sortedPage(rows, sort, [], rows.length).items;
      const name = `line-loss-${period.name}.${format}`;
      reply.header('content-disposition', `attachment; filename="${name}"`);
      if (format === 'csv') {
        return reply.header('content-type', 'text/csv; charset=utf-8').send(Readable.from([lossCsv(sorted)]));
      }
      const notes = { ...stamp, period: period.name, district: query.district ?? null, bands: kit.figuresSettings };
      const sheets = [
        areaSheet('线损 Line loss', sorted, total),
        notesSheet({ ...notes, warnings: [...warnings, ...partial] }),
      ];
      return reply.header('content-type', XLSX_TYPE).send(xlsx(sheets));
    },
  );
}

function formatOf(accept: string | undefined): Format {
  const type = acceptedType(accept, TYPE_NAMES);
  if (type !== null) return TYPES[type];
  throw new ApiProblem('not_acceptable', `${accept} cannot be given; ${TYPE_NAMES.join(', ')} can`);
}
