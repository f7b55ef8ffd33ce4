import { type Static, Type } from 'typebox';
import type { PlannedOutage } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem, type FieldError } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { notNow } from '../queries/jobs.ts';
import { instantParameter } from '../queries/parameters.ts';
import { Instant, listOf, Problem, strict } from '../schemas/common.ts';
import { ExternalPath, PlannedRequest, PlannedShape } from '../schemas/outages.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const DAY_MS = 24 * 3_600_000;
const MOST_NAMED = 20;

/** 计划停电, as the dispatching system announces it. */
export function plannedOutageRoutes(app: App, kit: Kit): void {
  const { orders } = kit.state;

  app.put(
    '/planned-outages/:externalId',
    {
      schema: {
        tags: ['integrators'],
        summary: 'Announces, changes or cancels planned work (计划停电)',
        description:
          'Each change comes with a greater seq; an older one, or other content under the same seq, is refused with ' +
          'stale_seq. Repeating a request changes nothing. Feeders, areas and meters must be in the registry.',
        params: ExternalPath,
        querystring: NoQuery,
        body: PlannedRequest,
        response: { 200: PlannedShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, body }) => {
      const index = await kit.site.index();
      const plan = planOf(index, params.externalId, body, kit.clock.now());
      const result = await orders.putPlanned(plan).catch(notNow);
      const stored = (await orders.planned(plan.externalId)) ?? plan;
      if (result === 'stale') throw stale(plan.externalId, plan.seq, stored.seq);
      return plannedShape(stored, index.registry.timeZone);
    },
  );

  app.get(
    '/planned-outages/:externalId',
    {
      schema: {
        tags: ['hotline', 'integrators'],
        summary: 'One announcement as it was told last',
        params: ExternalPath,
        querystring: NoQuery,
        response: { 200: PlannedShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const found = await orders.planned(params.externalId);
      if (!found) {
        throw new ApiProblem('unknown_planned_outage', `no planned outage has the id ${params.externalId}`);
      }
      return plannedShape(found, index.registry.timeZone);
    },
  );

  app.get(
    '/planned-outages',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'Announced work that lasts at some moment of a time, by its beginning',
        querystring: strict({
          from: Type.Optional(Type.String({ ...Instant, description: 'A day ago when left out' })),
          to: Type.Optional(Type.String({ ...Instant, description: 'In a week when left out' })),
        }),
        response: { 200: listOf(PlannedShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { timeZone } = (await kit.site.index()).registry;
      const now = kit.clock.now();
      const from = query.from === undefined ? now - DAY_MS : instantParameter('from', query.from);
      const to = query.to === undefined ? now + 7 * DAY_MS : instantParameter('to', query.to);
      const found = await orders.plannedDuring(from, to);
      return {
        items: found.map((plan) => plannedShape(plan, timeZone)),
        nextCursor: null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

/** The problem of a request that comes after a newer one. */
export function stale(externalId: string, seq: number, stored: number): ApiProblem {
  const why = seq === stored ? `seq ${seq} was used for other content` : `seq ${stored} is stored already`;
  return new ApiProblem('stale_seq', `${externalId} with seq ${seq} changes nothing: ${why}`, [
    { pointer: '/seq', detail: `must be greater than ${stored}` },
  ]);
}

function planOf(
  index: RegistryIndex,
  externalId: string,
  body: Static<typeof PlannedRequest>,
  now: number,
): PlannedOutage {
  const { seq, state = 'announced', feeders = [], areas = [], text } = body;
  const from = instantParameter('from', body.from);
  const to = instantParameter('to', body.to);
  if (from >= to) {
    throw new ApiProblem('bad_range', 'the work ends before it begins', [
      { pointer: '/to', detail: 'must be after from' },
    ]);
  }
  const named = (body.meters ?? []).map((name) => (index.meter(name) ?? index.metersByNo(name)[0])?.id ?? null);
  refuseUnknown(index, { feeders, areas, meters: body.meters ?? [], found: named });
  const meters = named.filter((id) => id !== null);
  if (feeders.length + areas.length + meters.length === 0) {
    throw new ApiProblem('bad_request', 'name at least one feeder, area or meter');
  }
  const unique = (ids: readonly string[]): string[] => [...new Set(ids)].sort();
  return {
    externalId,
    seq,
    state,
    from,
    to,
    feeders: unique(feeders),
    areas: unique(areas),
    meters: unique(meters),
    text,
    updatedAt: now,
  };
}

interface Naming {
  readonly feeders: readonly string[];
  readonly areas: readonly string[];
  readonly meters: readonly string[];
  readonly found: readonly (string | null)[];
}

/** Throws `unknown_scope` that names everything that is not in the registry. */
function refuseUnknown(index: RegistryIndex, { feeders, areas, meters, found }: Naming): void {
  const missing: { name: string; pointer: string }[] = [
    ...feeders.flatMap((id, i) => (index.feeder(id) ? [] : [{ name: `feeder ${id}`, pointer: `/feeders/${i}` }])),
    ...areas.flatMap((id, i) => (index.area(id) ? [] : [{ name: `area ${id}`, pointer: `/areas/${i}` }])),
    ...meters.flatMap((id, i) => (found[i] === null ? [{ name: `meter ${id}`, pointer: `/meters/${i}` }] : [])),
  ];
  if (missing.length === 0) return;
  const names = missing.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  const fields: FieldError[] = missing.map(({ name, pointer }) => ({ pointer, detail: `the registry has no ${name}` }));
  throw new ApiProblem('unknown_scope', `the registry has no ${names.join(', ')}${more}; nothing was stored`, fields);
}

function plannedShape(plan: PlannedOutage, zone: string): Static<typeof PlannedShape> {
  return {
    ...plan,
    from: shown(zone, plan.from) ?? '',
    to: shown(zone, plan.to) ?? '',
    feeders: [...plan.feeders],
    areas: [...plan.areas],
    meters: [...plan.meters],
    updatedAt: shown(zone, plan.updatedAt) ?? '',
  };
}
