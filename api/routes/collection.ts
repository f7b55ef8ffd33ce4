import { type Static, Type } from 'typebox';
import { REASON_TEXTS, type Reason } from '#contract/reasons.ts';
import type { FailureCause, FailureRow } from '#domain/collection/failures.ts';
import { type Figures, GROUPINGS, type Grouping } from '#domain/collection/figures.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { longestRun, shown } from '../queries/collection.ts';
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
          'With groupBy=cause, one row for each thing to repair: a dead concentrator, or an area without power, is one ' +
          'row. Runs of days are counted over at most 31 days, for a task with many slots a day over 2.',
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
      const wanted = {
        reason: query.reason ?? null,
        consecutiveDaysMin: query.consecutiveDaysMin ?? 1,
        area: query.area ?? null,
      };
      if (wanted.consecutiveDaysMin > longestRun(task)) {
        throw new ApiProblem('bad_request', `runs of ${task.id} are counted over at most ${longestRun(task)} days`, [
          { pointer: '/consecutiveDaysMin', detail: `must be at most ${longestRun(task)} for this task` },
        ]);
      }
      const byCause = query.groupBy === 'cause';
      const list = `failures ${JSON.stringify([task.id, date, byCause, wanted])}`;
      const position = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const found = await kit.collection.failures(index, task, date, wanted);
      const page = byCause
        ? pageAfter(found.causes, keyOfCause, position, query.limit)
        : pageAfter(found.rows, ({ meter }) => [meter.id], position, query.limit);
      return {
        items: page.items.map((each) => ('rows' in each ? causeShape(zone, each) : failureShape(zone, each))),
        nextCursor: page.next === null ? null : kit.cursors.encode(list, page.next),
        ...(await kit.site.stamp()),
        date,
        task: task.id,
        total: byCause ? found.causes.length : found.rows.length,
        warnings: [],
      };
    },
  );
}

type Key = readonly (string | number)[];

/** Causes come most meters first. */
function keyOfCause({ meters, kind, id, reason }: FailureCause): Key {
  return [-meters, id, kind, reason];
}

/** Items in the order of their keys, after the position; `next` is null on the last page. */
function pageAfter<T>(
  all: readonly T[],
  keyOf: (item: T) => Key,
  position: Key,
  limit = 100,
): { items: T[]; next: Key | null } {
  const rest = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => position.length === 0 || compareKeys(key, position) > 0)
    .sort((a, b) => compareKeys(a.key, b.key));
  const page = rest.slice(0, limit);
  return { items: page.map(({ item }) => item), next: rest.length > limit ? (page.at(-1)?.key ?? null) : null };
}

function compareKeys(a: Key, b: Key): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? x;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function causeShape(zone: string, cause: FailureCause): Static<typeof CauseShape> {
  return {
    ...cause,
    reason: reasonShape(cause.reason),
    rows: cause.rows.map((row) => failureShape(zone, row)),
  };
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
