import { type Static, Type } from 'typebox';
import { REASON_TEXTS, type Reason } from '#contract/reasons.ts';
import type { FailureRow } from '#domain/collection/failures.ts';
import { type Figures, GROUPINGS, type Grouping } from '#domain/collection/figures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { shown } from '../queries/collection.ts';
import { dateParameter, taskParameter, yesterday } from '../queries/parameters.ts';
import { CauseShape, FailureShape, type FiguresShape, type ReasonShape, SummaryShape } from '../schemas/collection.ts';
import { Cursor, DateText, IdText, Limit, listOf, ReasonCode, strict } from '../schemas/common.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const TaskId = Type.String({
  default: 'freeze-day',
  maxLength: 64,
  description: 'Task id, such as freeze-day or profile',
});

export function collectionRoutes(app: App, kit: Kit): void {
  app.get(
    '/collection/summary',
    {
      schema: {
        tags: ['operators'],
        summary: 'Collection figures of a day (采集成功率)',
        description: 'Counted from the registry, not from who reported. Without a date: yesterday.',
        querystring: strict({
          date: Type.Optional(DateText),
          task: Type.Optional(TaskId),
          groupBy: Type.Optional(Type.Enum([...GROUPINGS])),
        }),
        response: { 200: SummaryShape, ...PROBLEM_RESPONSES },
      },
    },
    async (request) => {
      const index = await kit.site.index();
      const task = taskParameter(index, request.query.task ?? 'freeze-day');
      const date = dateParameter('date', request.query.date ?? yesterday(index.registry.timeZone, kit.clock.now()));
      const groupBy = request.query.groupBy ?? null;
      const { total, groups } = await kit.collection.summary(index, task, date, groupBy);
      return {
        date,
        task: task.id,
        ...(await kit.site.stamp()),
        total: figuresShape(total),
        groupBy,
        groups: groups.map(({ key, figures }) => ({
          key,
          name: nameOf(index, groupBy, key),
          figures: figuresShape(figures),
        })),
        warnings: warningsOf(total.open),
      };
    },
  );

  app.get(
    '/collection/failures',
    {
      schema: {
        tags: ['operators'],
        summary: 'Meters without a good value, and why (失败清单)',
        description:
          'With groupBy=cause, one row for each thing to repair: a dead concentrator, or an area without power, is one row.',
        querystring: strict({
          date: Type.Optional(DateText),
          task: Type.Optional(TaskId),
          reason: Type.Optional(ReasonCode),
          consecutiveDaysMin: Type.Optional(Type.Integer({ minimum: 1, maximum: 31 })),
          groupBy: Type.Optional(Type.Enum(['meter', 'cause'])),
          area: Type.Optional(IdText),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
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
    async (request) => {
      const { query } = request;
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const task = taskParameter(index, query.task ?? 'freeze-day');
      const date = dateParameter('date', query.date ?? yesterday(zone, kit.clock.now()));
      const list = `failures ${task.id} ${date} ${query.groupBy ?? 'meter'}`;
      const skip = query.cursor === undefined ? 0 : Number(kit.cursors.decode(list, query.cursor)[0]);
      const found = await kit.collection.failures(index, task, date, {
        reason: query.reason ?? null,
        consecutiveDaysMin: query.consecutiveDaysMin ?? 1,
        area: query.area ?? null,
      });
      const all =
        query.groupBy === 'cause'
          ? found.causes.map((cause) => ({
              ...cause,
              reason: reasonShape(cause.reason),
              rows: cause.rows.map((row) => failureShape(zone, row)),
            }))
          : found.rows.map((row) => failureShape(zone, row));
      const end = skip + (query.limit ?? 100);
      return {
        items: all.slice(skip, end),
        nextCursor: end < all.length ? kit.cursors.encode(list, [end]) : null,
        ...(await kit.site.stamp()),
        date,
        task: task.id,
        total: all.length,
        warnings: [],
      };
    },
  );
}

function figuresShape(figures: Figures): Static<typeof FiguresShape> {
  return { ...figures, failedBy: [...figures.failedBy] };
}

function warningsOf(open: number): string[] {
  return open === 0 ? [] : [`${open} due reads are still being tried; the figures may improve`];
}

function nameOf(index: RegistryIndex, groupBy: Grouping | null, key: string | null): string | null {
  if (key === null) return null;
  if (groupBy === 'area') return index.area(key)?.name ?? null;
  if (groupBy === 'feeder') return index.feeder(key)?.name ?? null;
  if (groupBy === 'district') return index.registry.districts.find((district) => district.id === key)?.name ?? null;
  return null;
}

export function reasonShape(code: Reason): Static<typeof ReasonShape> {
  const { zh, en, cause, checks } = REASON_TEXTS[code];
  return { code, text: { zh, en }, likelyCause: cause, checks: { zh: [...checks.zh], en: [...checks.en] } };
}

function failureShape(zone: string, row: FailureRow): Static<typeof FailureShape> {
  const { meter, reason, detail, attempts, lastBytes, final, consecutiveDays, since, failedSlots } = row;
  return {
    meter: meter.id,
    meterNo: meter.no,
    area: meter.area,
    line: meter.line,
    slot: shown(zone, row.slot) ?? '',
    failedSlots,
    reason,
    detail,
    attempts,
    lastBytes,
    at: shown(zone, row.at),
    final,
    consecutiveDays,
    since,
  };
}
