import type { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import type { Area } from '#contract/registry.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { XLSX_TYPE, xlsx } from '../formats/xlsx.ts';
import { areasIn, type LossQuery, type PeriodLoss, sumOf } from '../queries/line-loss.ts';
import { summaryCells } from '../queries/line-loss-counts.ts';
import { lossPeriod } from '../queries/line-loss-period.ts';
import { areaRows, checkScope, partialWarnings, warningsOf } from '../queries/line-loss-rows.ts';
import { sumShape } from '../queries/line-loss-shapes.ts';
import { areaSheet, countsSheet, notesSheet } from '../queries/line-loss-sheet.ts';
import { type LossSummary, lossSummary } from '../queries/line-loss-summary.ts';
import { DEFINITIONS } from '../queries/line-loss-texts.ts';
import { DateText, IdText, strict } from '../schemas/common.ts';
import { type LossSummaryFigures, LossSummaryShape, PeriodText } from '../schemas/line-loss.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const Workbook = Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'XLSX' });

export function lossReportRoutes(app: App, kit: Kit, losses: LossQuery): void {
  app.get(
    '/line-loss/summary',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Numbers of areas by state, and their losses added up (线损统计)',
        description: 'Groups add up to the total. Without date or period: yesterday.',
        querystring: strict({
          date: Type.Optional(DateText),
          period: Type.Optional(PeriodText),
          district: Type.Optional(IdText),
          groupBy: Type.Optional(Type.Enum(['district', 'feeder'])),
        }),
        response: { 200: LossSummaryShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const { district, groupBy } = query;
      checkScope(index, district, undefined);
      const period = lossPeriod(query, index.registry.timeZone, kit.clock.now());
      const areas = areasIn(index, district, undefined);
      const found = await losses.of(
        areas.map(({ id }) => id),
        period,
      );
      const shape = (some: readonly Area[]) => summaryShape(lossSummary(some, found.byKey), losses);
      return {
        period: period.name,
        ...(await kit.site.stamp()),
        warnings: [
          ...warningsOf(period, found),
          ...partialWarnings(sumOf(areas, found.byKey)),
          ...(await kit.figuresLag.warnings()),
        ],
        total: shape(areas),
        groupBy: groupBy ?? null,
        groups:
          groupBy === undefined
            ? []
            : groupsOf(index, groupBy, areas).map(({ areas, ...group }) => ({ ...group, figures: shape(areas) })),
        definitions: Object.fromEntries(DEFINITIONS.map(({ name, zh, en }) => [name, `${zh} ${en}`])),
      };
    },
  );

  app.get(
    '/line-loss/sheet',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Monthly sheet of line loss as XLSX (台区线损月报)',
        description:
          'A row for each area and their sum, numbers of areas by district, and what the figures mean. Each row names ' +
          'the path that takes it apart.',
        querystring: strict({ period: PeriodText, district: Type.Optional(IdText) }),
        produces: [XLSX_TYPE],
        response: { 200: Workbook, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }, reply) => {
      const index = await kit.site.index();
      const period = lossPeriod({ period: query.period }, index.registry.timeZone, kit.clock.now());
      const { rows, total, warnings, partial, losses: found } = await areaRows(losses, index, period, query);
      const notes = {
        ...(await kit.site.stamp()),
        period: period.name,
        bands: losses.bands,
        warnings: [...warnings, ...partial],
      };
      const sheets = [
        areaSheet('月报 Monthly', rows, total),
        countsSheet(countGroups(index, areasIn(index, query.district, undefined), found.byKey)),
        notesSheet({ ...notes, district: query.district ?? null }),
      ];
      return reply
        .header('content-type', XLSX_TYPE)
        .header('content-disposition', `attachment; filename="line-loss-${period.name}.xlsx"`)
        .send(xlsx(sheets));
    },
  );
}

interface Group {
  readonly key: string;
  readonly name: string | null;
  readonly areas: readonly Area[];
}

function groupsOf(index: RegistryIndex, groupBy: 'district' | 'feeder', areas: readonly Area[]): Group[] {
  const keyOf = ({ feeder }: Area): string => (groupBy === 'feeder' ? feeder : (index.feeder(feeder)?.district ?? ''));
  const nameOf = (key: string): string | null =>
    groupBy === 'feeder'
      ? (index.feeder(key)?.name ?? null)
      : (index.registry.districts.find(({ id }) => id === key)?.name ?? null);
  return [...Map.groupBy(areas, keyOf)]
    .map(([key, some]) => ({ key, name: nameOf(key), areas: some }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function countGroups(index: RegistryIndex, areas: readonly Area[], losses: ReadonlyMap<string, PeriodLoss>) {
  const groups = groupsOf(index, 'district', areas).map(({ key, name, areas: some }) => ({
    name: name === null ? key : `${key} ${name}`,
    figures: summaryCells(lossSummary(some, losses)),
  }));
  return [...groups, { name: '合计 total', figures: summaryCells(lossSummary(areas, losses)) }];
}

function summaryShape(summary: LossSummary, { bands }: LossQuery): Static<typeof LossSummaryFigures> {
  const { areas, qualifiedRate, monitoringRate, loss } = summary;
  return { areas, qualifiedRate, monitoringRate, loss: sumShape(loss, bands) };
}
