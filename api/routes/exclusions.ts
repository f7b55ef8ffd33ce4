import { createHash, randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { ManualExclusion } from '#stores/collection-stores.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { notNow } from '../queries/jobs.ts';
import { dateParameter } from '../queries/parameters.ts';
import { Cursor, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { ExclusionRequest, ExclusionShape } from '../schemas/failures.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const TAGS = ['operators'];

/** Meters that people take out of the figures, for a time and with a reason (人工剔除). */
export function exclusionRoutes(app: App, kit: Kit): void {
  const { exclusions } = kit.state;

  app.post(
    '/collection/exclusions',
    {
      schema: {
        tags: TAGS,
        summary: 'Excludes meters from the figures of some days (人工剔除)',
        description:
          'Of a meter, or of all meters that are in an area, on a line or behind a concentrator. Both dates are ' +
          'business dates and inclusive; `to` null = until it is ended. Figures of days that are already over change, ' +
          'their reports do not. A closed account or an area out of service goes before it.',
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: ExclusionRequest,
        response: { 201: ExclusionShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request, reply) => {
      const index = await kit.site.index();
      const { scope, from, to, reason } = checked(index, request.body);
      const by = request.keyId ?? '';
      const name = request.headers['idempotency-key'];
      const id = name === undefined ? randomUUID() : idOf(by, name);
      await exclusions.add({ id, scope, from, to, reason, by, at: kit.clock.now() }).catch(notNow);
      const stored = await exclusionById(kit, id);
      if (!same(stored, request.body)) {
        throw new ApiProblem(
          'idempotency_conflict',
          `the Idempotency-Key was used for another request, which made the exclusion ${id}; use a new one`,
        );
      }
      return reply
        .code(201)
        .header('location', `/api/v1/collection/exclusions/${id}`)
        .send(exclusionShape(index, stored));
    },
  );

  app.get(
    '/collection/exclusions',
    {
      schema: {
        tags: TAGS,
        summary: 'Exclusions by people, newest first, the ended ones included',
        querystring: strict({
          active: Type.Optional(Type.Boolean({ description: 'true: only those that were not taken back' })),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(ExclusionShape, { total: Type.Integer() }), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query: { active, limit = 100, cursor } }) => {
      const index = await kit.site.index();
      const all = (await exclusions.list()).filter(({ endedAt }) => active !== true || endedAt === null);
      const list = `exclusions ${active === true}`;
      const [at = 0, id = ''] = cursor === undefined ? [] : kit.cursors.decode(list, cursor);
      const rest = cursor === undefined ? all : all.filter((each) => isAfter(each, Number(at), String(id)));
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((each) => exclusionShape(index, each)),
        nextCursor: last && rest.length > limit ? kit.cursors.encode(list, [last.at, last.id]) : null,
        ...(await kit.site.stamp()),
        total: all.length,
        warnings: [],
      };
    },
  );

  app.delete(
    '/collection/exclusions/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Takes an exclusion back; it covers nothing from then on, also of the past',
        params: strict({ id: IdText }),
        querystring: NoQuery,
        response: { 200: ExclusionShape, ...PROBLEM_RESPONSES },
      },
    },
    async (request) => {
      const index = await kit.site.index();
      const { id } = await exclusionById(kit, request.params.id);
      await exclusions.end(id, request.keyId ?? '', kit.clock.now()).catch(notNow);
      return exclusionShape(index, await exclusionById(kit, id));
    },
  );
}

type Request = Static<typeof ExclusionRequest>;

/** Throws the problem of what cannot be excluded so. */
function checked(index: RegistryIndex, request: Request): Request {
  const { scope, from, to } = request;
  dateParameter('from', from);
  if (to !== null) dateParameter('to', to);
  if (to !== null && to < from) {
    throw new ApiProblem('bad_range', `the exclusion would end on ${to}, before it begins on ${from}`, [
      { pointer: '/to', detail: `must be ${from} or later, or null` },
    ]);
  }
  if (!isKnown(index, scope)) {
    throw new ApiProblem('unknown_scope', `the registry has no ${scope.kind} ${scope.id}`, [
      { pointer: '/scope/id', detail: `must be the id of a ${scope.kind} of the registry` },
    ]);
  }
  return request;
}

function isKnown(index: RegistryIndex, { kind, id }: Request['scope']): boolean {
  if (kind === 'meter') return index.meter(id) !== undefined;
  if (kind === 'area') return index.area(id) !== undefined;
  if (kind === 'line') return index.line(id) !== undefined;
  return index.registry.lines.some(({ concentrator }) => concentrator === id);
}

/** The same asker's request under the same name has the same id, so that it is stored once. */
function idOf(by: string, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([by, name]))
    .digest('hex')
    .slice(0, 32);
}

function same(stored: ManualExclusion, asked: Request): boolean {
  const said = ({ scope, from, to, reason }: Request): string =>
    JSON.stringify([scope.kind, scope.id, from, to, reason]);
  return said(stored) === said(asked);
}

async function exclusionById({ state }: Kit, id: string): Promise<ManualExclusion> {
  const found = (await state.exclusions.list()).find((each) => each.id === id);
  if (found) return found;
  throw new ApiProblem('unknown_exclusion', `no exclusion has the id ${id}`);
}

/** In the order newest first, then by id. */
function isAfter(each: ManualExclusion, at: number, id: string): boolean {
  return each.at < at || (each.at === at && each.id > id);
}

function exclusionShape(
  { registry: { timeZone } }: RegistryIndex,
  { at, endedAt, scope, ...rest }: ManualExclusion,
): Static<typeof ExclusionShape> {
  return { ...rest, scope: { ...scope }, at: shown(timeZone, at) ?? '', endedAt: shown(timeZone, endedAt) };
}
