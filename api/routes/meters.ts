import { type Static, Type } from 'typebox';
import { meanEveryS } from '#contract/calendar.ts';
import { isQuantity, type QuantityName } from '#contract/quantities.ts';
import type { Meter } from '#contract/registry.ts';
import { METER_ROLES } from '#contract/registry.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { searchRegistry } from '#domain/registry-search.ts';
import { finestTask } from '#domain/task-choice.ts';
import { ApiProblem } from '../errors.ts';
import { accountShape } from '../queries/account-shape.ts';
import { shown } from '../queries/collection.ts';
import { instantParameter, meterParameter, taskParameter } from '../queries/parameters.ts';
import { answered, ReadingsQuery, type SlotReading } from '../queries/readings.ts';
import { Cursor, IdText, Instant, Limit, listOf, strict } from '../schemas/common.ts';
import { MeterDetailShape, MeterShape, RatioShape, ReadingShape, ReadingsParameters } from '../schemas/meters.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const MeterPath = strict({ id: IdText });
/** Slots of one answer: a year of quarter hours. */
const MAX_SLOTS = 36_000;
const MAX_MATCHES = 1000;

export function meterRoutes(app: App, kit: Kit): void {
  const readings = new ReadingsQuery(kit.validated, kit.state.ledger, kit.clock);

  app.get(
    '/meters',
    {
      schema: {
        tags: ['operators'],
        summary: 'Meters of the registry',
        querystring: strict({
          area: Type.Optional(IdText),
          line: Type.Optional(IdText),
          model: Type.Optional(IdText),
          role: Type.Optional(Type.Enum([...METER_ROLES])),
          q: Type.Optional(Type.String({ maxLength: 100, description: 'Account, meter number, name or address' })),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(MeterShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const now = kit.clock.now();
      const list = `meters ${JSON.stringify([query.area, query.line, query.model, query.role, query.q])}`;
      const after = query.cursor === undefined ? '' : String(kit.cursors.decode(list, query.cursor)[0]);
      const hits = query.q === undefined ? null : searchRegistry(index, query.q, now, MAX_MATCHES + 1);
      const cut = hits !== null && hits.length > MAX_MATCHES;
      const pool = hits?.slice(0, MAX_MATCHES).flatMap((hit) => [...hit.meters]) ?? [...index.meters()];
      const limit = query.limit ?? 100;
      const page = pool
        .filter(
          (meter) =>
            meter.id > after &&
            (query.area === undefined || meter.area === query.area) &&
            (query.line === undefined || meter.line === query.line) &&
            (query.model === undefined || meter.model === query.model) &&
            (query.role === undefined || meter.role === query.role),
        )
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const items = page.slice(0, limit).map((meter) => meterShape(index, meter, now));
      const last = items.at(-1);
      return {
        items,
        nextCursor: page.length > limit && last ? kit.cursors.encode(list, [last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: cut ? [`only the first ${MAX_MATCHES} matches of q are listed; search for more letters`] : [],
      };
    },
  );

  app.get(
    '/meters/:id',
    {
      schema: {
        tags: ['operators'],
        summary: 'One meter by id or number, with its newest values',
        params: MeterPath,
        querystring: NoQuery,
        response: { 200: MeterDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const meter = meterParameter(index, params.id);
      const now = kit.clock.now();
      const newest = async (kind: TaskKind): Promise<Static<typeof ReadingShape> | null> => {
        const task = finestTask(index, kind, meter.id, now);
        const found = task ? await readings.newest(index, meter, task) : null;
        const zone = index.registry.timeZone;
        return found ? readingShape(zone, answered(zone, found), null) : null;
      };
      return {
        ...meterShape(index, meter, now),
        account: accountShape(index.accountAt(meter.id, now)),
        lastFreeze: await newest('freeze-day'),
        lastInstant: await newest('instant'),
        ...(await kit.site.stamp()),
      };
    },
  );

  app.get(
    '/meters/:id/readings',
    {
      schema: {
        tags: ['operators', 'billing'],
        summary: 'Readings of one meter by slot; a slot without value is there too, with its reason',
        params: MeterPath,
        querystring: ReadingsParameters,
        response: {
          200: listOf(ReadingShape, {
            meter: Type.String(),
            task: Type.String(),
            start: Instant,
            end: Instant,
            ratio: RatioShape,
          }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const meter = meterParameter(index, params.id);
      const task = taskParameter(index, query.task ?? 'profile');
      const start = instantParameter('start', query.start);
      const end = instantParameter('end', query.end);
      if (end <= start) throw new ApiProblem('bad_range', 'end must be after start; the range is [start, end)');
      const everyMs = 1000 * Math.min(86_400, meanEveryS(task.calendar));
      if ((end - start) / everyMs > MAX_SLOTS) {
        throw new ApiProblem('bad_range', `the range holds more than ${MAX_SLOTS} slots of ${task.id}; ask for less`);
      }
      const items = query.items === undefined ? null : itemsParameter(query.items);
      const zone = index.registry.timeZone;
      const found = await readings.between(index, meter, task, start, end);
      return {
        items: found.map((reading) => readingShape(zone, reading, items)),
        nextCursor: null,
        ...(await kit.site.stamp()),
        warnings: [],
        meter: meter.id,
        task: task.id,
        start: shown(zone, start) ?? '',
        end: shown(zone, end) ?? '',
        ratio: ratioOf(meter),
      };
    },
  );
}

function itemsParameter(text: string): Set<QuantityName> {
  const items = new Set<QuantityName>();
  for (const name of text.split(',')) {
    if (!isQuantity(name)) {
      throw new ApiProblem('bad_request', `no quantity is called ${name}`, [
        { pointer: '/items', detail: `${name} is unknown; energy_import_wh and voltage_a_v are two that exist` },
      ]);
    }
    items.add(name);
  }
  return items;
}

function ratioOf({ ct, pt }: Meter): { ct: number; pt: number; total: number } {
  return { ct, pt, total: ct * pt };
}

function meterShape(index: RegistryIndex, meter: Meter, now: number): Static<typeof MeterShape> {
  const zone = index.registry.timeZone;
  const { concentrator, collector, feeder, district } = index.placeOf(meter);
  const installation = index.installationAt(meter.id, now) ?? index.installationsOf(meter.id).at(-1) ?? null;
  const model = index.modelOf(meter);
  return {
    id: meter.id,
    meterNo: meter.no,
    model: meter.model,
    modelName: { zh: model?.zh ?? meter.model, en: model?.en ?? meter.model },
    role: meter.role,
    address: meter.address,
    line: meter.line,
    concentrator,
    collector,
    area: meter.area,
    branch: meter.branch ?? null,
    box: meter.box ?? null,
    feeder,
    district,
    phase: meter.phase,
    ratio: ratioOf(meter),
    installedFrom: shown(zone, installation?.from ?? null),
    installedTo: shown(zone, installation?.to ?? null),
    accountNo: installation?.account ?? null,
  };
}

function readingShape(
  zone: string,
  reading: SlotReading,
  items: ReadonlySet<QuantityName> | null,
): Static<typeof ReadingShape> {
  const { raw } = reading;
  const picked = (values: SlotValues) => (items ? pick(values, items) : { ...values });
  return {
    slot: shown(zone, reading.slot) ?? '',
    businessDate: reading.businessDate,
    meterTime: shown(zone, reading.meterTime),
    readAt: shown(zone, reading.readAt),
    quality: reading.quality,
    rules: [...reading.rules],
    values: reading.values && picked(reading.values),
    reason: reading.reason,
    detail: reading.detail,
    revision: reading.revision,
    method: reading.method,
    ...(raw && { raw: { values: picked(raw.values), quality: raw.quality, rules: [...raw.rules] } }),
  };
}

type SlotValues = Readonly<Partial<Record<QuantityName, number>>>;

function pick(values: SlotValues, items: ReadonlySet<QuantityName>): Record<string, number> {
  const picked: Record<string, number> = {};
  for (const name of items) {
    const value = values[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
