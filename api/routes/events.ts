import { Type } from 'typebox';
import { cloudEvent } from '#contract/cloud-event.ts';
import { ApiProblem } from '../errors.ts';
import { filterOf } from '../events/event-filter.ts';
import { EventTail } from '../events/event-tail.ts';
import { OpenStreams } from '../events/open-streams.ts';
import { Limit, strict } from '../schemas/common.ts';
import { ChangesShape, EventFilterQuery, Position, StreamShape } from '../schemas/events.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const TAGS = ['integrators'];

/** What the centre tells the outside, as a stream and as a list. */
export function eventRoutes(app: App, kit: Kit): void {
  streamRoute(app, kit);
  changesRoute(app, kit);
}

function streamRoute(app: App, kit: Kit): void {
  const { state, clock, logger, metrics, site } = kit;
  const tail = new EventTail(state.events, clock, logger);
  const streams = new OpenStreams({
    mostPerKey: kit.eventSettings.eventStreamsPerKey,
    validKeys: async () =>
      new Set((await state.keys.list()).filter(({ revokedAt }) => revokedAt === null).map(({ id }) => id)),
    ...{ clock, logger, metrics },
  });
  app.addHook('preClose', async () => streams.end());

  app.get(
    '/events',
    {
      // The answer to HEAD would never end.
      exposeHeadRoute: false,
      schema: {
        tags: TAGS,
        summary: 'What happens, as a stream (SSE)',
        description:
          'Events as they are committed, in their order. `Last-Event-ID` (or `lastEventId`) goes on after an event; ' +
          'without it the stream begins now. A client that does not keep up is cut off and comes back with it. A key ' +
          'that is revoked ends its streams within 15 s. When what followed is deleted already, an event `gap` says so first: read the present state anew.',
        querystring: strict({ ...EventFilterQuery, lastEventId: Type.Optional(Position) }),
        headers: Type.Object({ 'last-event-id': Type.Optional(Position) }),
        response: {
          200: { description: 'The stream', content: { 'text/event-stream': { schema: StreamShape } } },
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async (request, reply) => {
      const key = request.keyId ?? '';
      const filter = filterOf(request.query);
      const asked = request.headers['last-event-id'] ?? request.query.lastEventId;
      const { name } = (await site.index()).registry;
      streams.refuseMore(key);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // A proxy must not wait until it has a page of them.
        'x-accel-buffering': 'no',
      });
      streams.serve(key, reply.raw, asked === undefined ? null : Number(asked), {
        ...{ tail, events: state.events, filter, site: name },
      });
    },
  );
}

function changesRoute(app: App, { state, site }: Kit): void {
  app.get(
    '/changes',
    {
      schema: {
        tags: TAGS,
        summary: 'What happened, in pages: the events after a position',
        description:
          'The same events as those of the stream and of webhooks, oldest first; without `after` from the oldest that ' +
          'is there. `nextCursor` is always given: keep it, and ask with it as `after` when `hasMore`, or later.',
        querystring: strict({ after: Type.Optional(Position), ...EventFilterQuery, limit: Type.Optional(Limit) }),
        response: { 200: ChangesShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const { limit = 100 } = query;
      const { name } = (await site.index()).registry;
      const filter = filterOf(query);
      const { oldest, newest } = await state.events.range();
      const first = oldest === 0 ? newest + 1 : oldest;
      const after = query.after === undefined ? first - 1 : Number(query.after);
      if (after > newest) {
        throw new ApiProblem('bad_cursor', `no event has had the position ${after} yet; the newest is ${newest}`);
      }
      const found = await state.events.after(after, limit, filter);
      const hasMore = found.length === limit;
      const last = found.at(-1)?.position ?? after;
      return {
        items: found.map((event) => cloudEvent(event, name)),
        nextCursor: String(hasMore ? last : Math.max(last, newest)),
        hasMore,
        ...(await site.stamp()),
        warnings:
          after < first - 1
            ? [`events after ${after} up to ${first - 1} are deleted already; read the present state anew`]
            : [],
      };
    },
  );
}
