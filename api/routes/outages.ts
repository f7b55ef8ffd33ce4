import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { OUTAGE_KINDS, OUTAGE_STATES, type Outage } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { allOutageHeads } from '#stores/all-outages.ts';
import type { OutageFilter } from '#stores/outage-store.ts';
import { ApiProblem } from '../errors.ts';
import { acceptedType } from '../formats/accept.ts';
import { BOM, csvLines } from '../formats/csv.ts';
import { shown } from '../queries/collection.ts';
import { noteShape, OUTAGE_COLUMNS, OutageQuery, outageById } from '../queries/outages.ts';
import { Cursor, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { OutageDetailShape, OutageShape } from '../schemas/outages.ts';
import { noteRoutes } from './outage-notes.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';
import { servicePointRoutes } from './service-points.ts';

const TYPES = ['application/json', 'text/csv'] as const;
const MOST_NESTED = 1000;
const File = Type.Unsafe<Readable>({ type: 'string', description: 'CSV of all incidents that the filters leave' });

const ListQuery = strict({
  state: Type.Optional(Type.Enum([...OUTAGE_STATES], { description: 'Left out: all but dismissed' })),
  kind: Type.Optional(
    Type.Enum([...OUTAGE_KINDS], { description: 'Left out: all but collection, which is no interruption of supply' }),
  ),
  area: Type.Optional(IdText),
  feeder: Type.Optional(IdText),
  district: Type.Optional(IdText),
  minCustomers: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
  format: Type.Optional(Type.Enum(['json', 'csv'])),
});
type Query = Static<typeof ListQuery>;

/** Incidents: the list, one of them, its customers, and what people add to it. */
export function outageRoutes(app: App, kit: Kit): void {
  const query = new OutageQuery(kit.state.outages);
  listRoute(app, kit, query);
  detailRoute(app, kit, query);
  servicePointRoutes(app, kit);
  noteRoutes(app, kit);
}

function listRoute(app: App, kit: Kit, outages: OutageQuery): void {
  app.get(
    '/outages',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'Interruptions of supply, newest first (停电事件)',
        description: 'CSV gives all that the filters leave and takes no cursor.',
        querystring: ListQuery,
        produces: [...TYPES],
        response: { 200: Type.Union([listOf(OutageShape), File]), 406: Problem, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, headers }, reply) => {
      const format = query.format ?? formatOf(headers.accept);
      const index = await kit.site.index();
      const filter = filterOf(query);
      if (format === 'csv') {
        const rows = await outages.shapes(index, await allOutageHeads(kit.state.outages, filter));
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="outages.csv"')
          .send(Readable.from([BOM + csvOf(rows)]));
      }
      const { limit = 100 } = query;
      const list = `outages ${JSON.stringify(filter)}`;
      const found = await kit.state.outages.heads({ ...filter, limit: limit + 1, ...afterOf(kit, list, query.cursor) });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: await outages.shapes(index, page),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.startedAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function detailRoute(app: App, kit: Kit, outages: OutageQuery): void {
  app.get(
    '/outages/:id',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'One incident with its notes and evidence; its customers are under service-points',
        params: strict({ id: IdText }),
        querystring: NoQuery,
        response: { 200: OutageDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const outage = await outageById(kit.state.outages, params.id);
      const zone = index.registry.timeZone;
      const [shape] = await outages.shapes(index, [outage]);
      const nested = await kit.state.outages.heads({ parent: outage.id, limit: MOST_NESTED });
      const notes = await kit.state.outages.notes(outage.id);
      if (!shape) throw new ApiProblem('unknown_outage', `no outage has the id ${params.id}`);
      return {
        ...shape,
        nested: nested.map(({ id }) => id),
        notes: notes.map((note) => noteShape(note, zone)),
        evidence: evidenceOf(index, outage),
        ...(await kit.site.stamp()),
      };
    },
  );
}

function evidenceOf(index: RegistryIndex, { evidence }: Outage) {
  return evidence.map((fact) => ({ ...fact, at: shown(index.registry.timeZone, fact.at) ?? '' }));
}

function filterOf({ state, kind, area, feeder, district, minCustomers }: Query): Omit<OutageFilter, 'limit' | 'after'> {
  return {
    states: state === undefined ? OUTAGE_STATES.filter((each) => each !== 'dismissed') : [state],
    kinds: kind === undefined ? OUTAGE_KINDS.filter((each) => each !== 'collection') : [kind],
    ...(area === undefined ? {} : { area }),
    ...(feeder === undefined ? {} : { feeder }),
    ...(district === undefined ? {} : { district }),
    ...(minCustomers === undefined ? {} : { minCustomers }),
  };
}

function afterOf(kit: Kit, list: string, cursor: string | undefined): Pick<OutageFilter, 'after'> {
  const [startedAt, id] = cursor === undefined ? [] : kit.cursors.decode(list, cursor);
  return startedAt === undefined || id === undefined ? {} : { after: { startedAt: Number(startedAt), id: String(id) } };
}

function formatOf(accept: string | undefined): 'json' | 'csv' {
  const type = acceptedType(accept, TYPES);
  if (type !== null) return type === 'text/csv' ? 'csv' : 'json';
  throw new ApiProblem('not_acceptable', `${accept} cannot be given; ${TYPES.join(', ')} can`);
}

function csvOf(rows: readonly Static<typeof OutageShape>[]): string {
  const cells = rows.map((row) => OUTAGE_COLUMNS.map(([, property]) => row[property]));
  return csvLines([OUTAGE_COLUMNS.map(([name]) => name), ...cells]);
}
