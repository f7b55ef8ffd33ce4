import { type Static, Type } from 'typebox';
import type { Outage } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { Cursor, IdText, Limit, listOf, strict } from '../schemas/common.ts';
import { AnomalyShape, OutageDetailShape, OutageShape } from '../schemas/incidents.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

export function outageRoutes(app: App, kit: Kit): void {
  app.get(
    '/outages',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'Interruptions of supply, newest first',
        querystring: strict({
          state: Type.Optional(Type.Enum(['open', 'restored'])),
          area: Type.Optional(IdText),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(OutageShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const limit = query.limit ?? 100;
      const list = `outages ${query.state ?? ''} ${query.area ?? ''}`;
      const [startedAt, id] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const found = await kit.state.outages.list({
        limit: limit + 1,
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.area === undefined ? {} : { area: query.area }),
        ...(startedAt === undefined || id === undefined
          ? {}
          : { after: { startedAt: Number(startedAt), id: String(id) } }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((outage) => outageShape(index, outage)),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.startedAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );

  app.get(
    '/outages/:id',
    {
      schema: {
        tags: ['hotline', 'operators'],
        summary: 'One interruption with its meters and evidence',
        params: strict({ id: IdText }),
        querystring: NoQuery,
        response: { 200: OutageDetailShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const outage = await kit.state.outages.get(params.id);
      if (!outage) throw new ApiProblem('unknown_outage', `no outage has the id ${params.id}`);
      const zone = index.registry.timeZone;
      return {
        ...outageShape(index, outage),
        meters: [...outage.meters],
        evidence: outage.evidence.map((fact) => ({ ...fact, at: shown(zone, fact.at) ?? '' })),
        ...(await kit.site.stamp()),
      };
    },
  );

  app.get(
    '/anomalies',
    {
      schema: {
        tags: ['analysts'],
        summary: 'Meters whose data contradict each other',
        querystring: strict({
          state: Type.Optional(Type.Enum(['open', 'closed'])),
          meter: Type.Optional(IdText),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: listOf(AnomalyShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      const zone = index.registry.timeZone;
      const limit = query.limit ?? 100;
      const list = `anomalies ${JSON.stringify([query.state, query.meter])}`;
      const [openedAfter, idAfter] = query.cursor === undefined ? [] : kit.cursors.decode(list, query.cursor);
      const found = await kit.state.anomalies.list({
        limit: limit + 1,
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.meter === undefined ? {} : { meter: query.meter }),
        ...(openedAfter === undefined || idAfter === undefined
          ? {}
          : { after: { openedAt: Number(openedAfter), id: String(idAfter) } }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(({ id, rule, meter, openedAt, closedAt, from, to, facts }) => ({
          id,
          rule,
          state: closedAt === null ? ('open' as const) : ('closed' as const),
          meter,
          area: index.meter(meter)?.area ?? null,
          openedAt: shown(zone, openedAt) ?? '',
          closedAt: shown(zone, closedAt),
          from: shown(zone, from) ?? '',
          to: shown(zone, to) ?? '',
          facts: { ...facts },
        })),
        nextCursor: found.length > limit && last ? kit.cursors.encode(list, [last.openedAt, last.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function outageShape(index: RegistryIndex, outage: Outage): Static<typeof OutageShape> {
  const { id, kind, node, nodeId, area, phase, confidence, meters, revision } = outage;
  const zone = index.registry.timeZone;
  const priority = meters.filter((meter) => {
    const account = index.accountAt(meter, outage.startedAt);
    return account !== null && account.priority !== 'normal';
  });
  return {
    id,
    kind,
    state: outage.restoredAt === null ? 'open' : 'restored',
    node,
    nodeId,
    nodeName: node === 'area' ? (index.area(nodeId)?.name ?? null) : null,
    area,
    phase,
    startedAt: shown(zone, outage.startedAt) ?? '',
    restoredAt: shown(zone, outage.restoredAt),
    detectedAt: shown(zone, outage.detectedAt) ?? '',
    confidence,
    customers: meters.filter((meter) => index.meter(meter)?.role === 'customer').length,
    priorityCustomers: priority.length,
    revision,
  };
}
