import { Type } from 'typebox';
import { ApiProblem } from '../errors.ts';
import { concentratorsOf, FIELD_STATES, FieldQuery, type LineHealth, linkText } from '../queries/field.ts';
import { Cursor, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import {
  CollectorDetailShape,
  CollectorShape,
  ConcentratorShape,
  LineDetailShape,
  LineShape,
} from '../schemas/field.ts';
import { addressShape, collectorShape, concentratorShape, lineShape, spoolWarnings } from './field-shapes.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const FieldPath = strict({ id: IdText });
const Paging = { limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) };
const State = Type.Optional(Type.Enum([...FIELD_STATES]));
const Search = Type.Optional(
  Type.String({ minLength: 1, maxLength: 100, description: 'Part of an id, a host or the path of a port' }),
);
/** Offline collectors that a warning names. */
const MOST_NAMED = 5;

/** How the field is: what there is comes from the registry, how it is from the last reports of the collectors. */
export function fieldRoutes(app: App, kit: Kit): void {
  const field = new FieldQuery(kit.state.status, kit.clock);

  app.get(
    '/collectors',
    {
      schema: {
        tags: ['operators'],
        summary: 'Collectors with their health (采集进程)',
        description: 'By id. A collector of the registry that was never heard of is offline.',
        querystring: strict({
          district: Type.Optional(IdText),
          online: Type.Optional(Type.Boolean()),
          ...Paging,
        }),
        response: { 200: listOf(CollectorShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const health = await field.health(index);
      const found = index.registry.collectors.filter(
        ({ id, district }) =>
          (query.district === undefined || district === query.district) &&
          (query.online === undefined || (health.collectors.get(id)?.online ?? false) === query.online),
      );
      const list = `collectors ${JSON.stringify([query.district, query.online])}`;
      const page = pageOf(kit, list, query, found, ({ id }) => id);
      return {
        items: page.items.map((collector) => collectorShape(index, collector, health)),
        nextCursor: page.nextCursor,
        ...(await kit.site.stamp()),
        warnings: spoolWarnings(page.items, health),
      };
    },
  );

  app.get(
    '/collectors/:id',
    {
      schema: {
        tags: ['operators'],
        summary: 'One collector with its health',
        params: FieldPath,
        querystring: NoQuery,
        response: { 200: CollectorDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const collector = index.registry.collectors.find(({ id }) => id === params.id);
      if (!collector) throw new ApiProblem('unknown_collector', `no collector has the id ${params.id}`);
      return { ...collectorShape(index, collector, await field.health(index)), ...(await kit.site.stamp()) };
    },
  );

  app.get(
    '/concentrators',
    {
      schema: {
        tags: ['operators'],
        summary: 'Concentrators with their health (集中器), what to repair first',
        description:
          'Down, then unknown, then idle, then up; by id in each. A concentrator is up if a line to it is up.',
        querystring: strict({ state: State, q: Search, ...Paging }),
        response: { 200: listOf(ConcentratorShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const { lines } = await field.health(index);
      const found = concentratorsOf(lines).filter(
        ({ state, id, lines: its }) =>
          (query.state === undefined || state === query.state) &&
          (query.q === undefined || contains(query.q, [id, ...its.flatMap(namesOf)])),
      );
      const list = `concentrators ${JSON.stringify([query.state, query.q])}`;
      const page = pageOf(kit, list, query, found, ({ state, id }) => `${FIELD_STATES.indexOf(state)} ${id}`);
      return {
        items: page.items.map((each) => concentratorShape(index, each)),
        nextCursor: page.nextCursor,
        ...(await kit.site.stamp()),
        warnings: warningsOf(found.flatMap((each) => each.lines)),
      };
    },
  );

  app.get(
    '/lines',
    {
      schema: {
        tags: ['operators'],
        summary: 'Lines with their health (通信链路)',
        description: 'By id. Figures are as the collector told them last, also when it is offline now: see toldAt.',
        querystring: strict({ collector: Type.Optional(IdText), state: State, q: Search, ...Paging }),
        response: { 200: listOf(LineShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const { lines } = await field.health(index);
      const found = lines.filter(
        (each) =>
          (query.collector === undefined || each.line.collector === query.collector) &&
          (query.state === undefined || each.state === query.state) &&
          (query.q === undefined || contains(query.q, namesOf(each))),
      );
      const list = `lines ${JSON.stringify([query.collector, query.state, query.q])}`;
      const page = pageOf(kit, list, query, found, ({ line }) => line.id);
      return {
        items: page.items.map((each) => lineShape(index, each)),
        nextCursor: page.nextCursor,
        ...(await kit.site.stamp()),
        warnings: warningsOf(found),
      };
    },
  );

  app.get(
    '/lines/:id',
    {
      schema: {
        tags: ['operators'],
        summary: 'One line with its health and its worst addresses',
        params: FieldPath,
        querystring: NoQuery,
        response: { 200: LineDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const found = (await field.health(index)).lines.find(({ line }) => line.id === params.id);
      if (!found) throw new ApiProblem('unknown_line', `no line has the id ${params.id}`);
      return {
        ...lineShape(index, found),
        worstAddresses: (found.told?.addresses ?? []).map((address) => addressShape(index, address)),
        ...(await kit.site.stamp()),
      };
    },
  );
}

interface PageWanted {
  readonly limit?: number;
  readonly cursor?: string;
}

/** Items in the order of their keys, after the cursor. Throws the problem `bad_cursor`. */
function pageOf<T>(
  kit: Pick<Kit, 'cursors'>,
  list: string,
  { limit = 100, cursor }: PageWanted,
  all: readonly T[],
  keyOf: (item: T) => string,
): { items: T[]; nextCursor: string | null } {
  const after = cursor === undefined ? '' : String(kit.cursors.decode(list, cursor)[0]);
  const rest = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    nextCursor: rest.length > limit && last ? kit.cursors.encode(list, [last.key]) : null,
  };
}

function namesOf({ line }: LineHealth): string[] {
  return [line.id, line.concentrator ?? '', linkText(line)];
}

function contains(text: string, names: readonly string[]): boolean {
  const wanted = text.toLowerCase();
  return names.some((name) => name.toLowerCase().includes(wanted));
}

/** Says once that a collector is offline, not with each of its lines alone. */
function warningsOf(lines: readonly LineHealth[]): string[] {
  const offline = lines.filter(({ reason, state }) => state === 'unknown' && reason === 'collector_offline');
  const ids = [...new Set(offline.map(({ line }) => line.collector))];
  if (ids.length === 0) return [];
  const named = ids.slice(0, MOST_NAMED).join(', ') + (ids.length > MOST_NAMED ? ', …' : '');
  const are = ids.length === 1 ? 'collector is' : 'collectors are';
  const lost = offline.length === 1 ? '1 line' : `${offline.length} lines`;
  return [`${ids.length} ${are} offline (${named}): the state of ${lost} is not known`];
}
