import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { DELIVERY_STATES, type Webhook } from '#stores/webhook-store.ts';
import { ApiProblem } from '../errors.ts';
import { notNow } from '../queries/jobs.ts';
import { instantParameter } from '../queries/parameters.ts';
import { Cursor, IdText, Limit, strict } from '../schemas/common.ts';
import {
  DeliveryList,
  ReplayRequest,
  ReplayShape,
  RotateRequest,
  TestShape,
  WebhookWithSecret,
} from '../schemas/webhooks.ts';
import { testBody } from '../webhooks/bodies.ts';
import { postSigned } from '../webhooks/courier.ts';
import type { Poster } from '../webhooks/poster.ts';
import { newSecret } from '../webhooks/signature.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';
import { deliveryShape, webhookById, webhookShape } from './webhook-shapes.ts';

const TAGS = ['integrators'];
const HOUR_MS = 3_600_000;
const OVERLAP_HOURS = 24;
const WebhookPath = strict({ id: IdText });

/** What was sent to a webhook, and what people have sent to it. */
export function deliveryRoutes(app: App, kit: Kit, post: Poster): void {
  const { webhooks } = kit.state;

  app.get(
    '/webhooks/:id/deliveries',
    {
      schema: {
        tags: TAGS,
        summary: 'Deliveries of a webhook, newest first',
        description: 'Delivered ones are kept for 7 days, dead ones as long as events (METERWAY_EVENTS_DAYS).',
        params: WebhookPath,
        querystring: strict({
          state: Type.Optional(Type.Enum([...DELIVERY_STATES])),
          limit: Type.Optional(Limit),
          cursor: Type.Optional(Cursor),
        }),
        response: { 200: DeliveryList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query: { state, limit = 100, cursor } }) => {
      const index = await kit.site.index();
      const { id } = await webhookById(kit, params.id);
      const list = `deliveries ${JSON.stringify([id, state])}`;
      const [createdAt, last] = cursor === undefined ? [] : kit.cursors.decode(list, cursor);
      const found = await webhooks.deliveries(id, {
        limit: limit + 1,
        ...(state !== undefined && { state }),
        ...(createdAt !== undefined && { after: { createdAt: Number(createdAt), id: String(last) } }),
      });
      const page = found.slice(0, limit);
      const end = page.at(-1);
      return {
        items: page.map((each) => deliveryShape(index, each)),
        nextCursor: end && found.length > limit ? kit.cursors.encode(list, [end.createdAt, end.id]) : null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );

  app.post(
    '/webhooks/:id/test',
    {
      schema: {
        tags: TAGS,
        summary: 'Posts one CloudEvent of type meterway.webhook.test.v1 now, and says how that went',
        params: WebhookPath,
        querystring: NoQuery,
        response: { 200: TestShape, ...PROBLEM_RESPONSES },
      },
    },
    async (request) => {
      const { name } = (await kit.site.index()).registry;
      const webhook = await webhookById(kit, request.params.id);
      const { clock } = kit;
      const id = `test-${randomUUID()}`;
      const begun = clock.mono();
      const { signal } = new AbortController();
      const answer = await postSigned(
        { post, clock, signal },
        webhook,
        id,
        testBody(id, name, webhook.id, clock.now()),
      );
      const { status } = answer;
      const delivered = status !== null && status >= 200 && status < 300;
      return { delivered, ...answer, durationMs: Math.round(clock.mono() - begun) };
    },
  );

  app.post(
    '/webhooks/:id/replay',
    {
      schema: {
        tags: TAGS,
        summary: 'Sends again: the events after a position or since an instant, or what was given up',
        description: 'Say one of `after`, `since` and `dead`. Events keep their ids; receivers may have some already.',
        params: WebhookPath,
        querystring: NoQuery,
        body: ReplayRequest,
        response: { 202: ReplayShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, body: { after, since, dead } }, reply) => {
      const webhook = await webhookById(kit, params.id);
      oneOf([after, since, dead]);
      if (dead !== undefined) return reply.code(202).send(await revived(kit, webhook, dead));
      const isNamed = after !== undefined;
      const wanted = isNamed
        ? Number(after)
        : await kit.state.events.lastBefore(instantParameter('since', since ?? ''));
      return reply.code(202).send(await rewound(kit, webhook, wanted, isNamed));
    },
  );

  app.post(
    '/webhooks/:id/secret',
    {
      schema: {
        tags: TAGS,
        summary: 'Makes a new secret, shown this once; the one before signs as well for a while',
        params: WebhookPath,
        querystring: NoQuery,
        body: RotateRequest,
        response: { 200: WebhookWithSecret, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, body: { overlapHours = OVERLAP_HOURS } }) => {
      const index = await kit.site.index();
      const before = await webhookById(kit, params.id);
      const secret = newSecret();
      const previousUntil = kit.clock.now() + overlapHours * HOUR_MS;
      await webhooks.change(before.id, { secret, previousSecret: before.secret, previousUntil }).catch(notNow);
      return { ...webhookShape(index, await webhookById(kit, before.id)), secret };
    },
  );
}

/** Throws the problem `bad_request` unless just one is said. */
function oneOf(said: readonly unknown[]): void {
  if (said.filter((each) => each !== undefined).length === 1) return;
  throw new ApiProblem('bad_request', 'say one of after, since and dead');
}

async function revived({ state, clock }: Kit, { id }: Webhook, dead: string): Promise<Static<typeof ReplayShape>> {
  const deliveries = await state.webhooks.revive(id, dead === 'all' ? null : dead, clock.now()).catch(notNow);
  if (dead !== 'all' && deliveries === 0) throw new ApiProblem('unknown_delivery', `nothing was given up as ${dead}`);
  return { deliveries, after: null, warnings: [] };
}

/** Moves a webhook back to a position: what follows is sent again. `isNamed`: somebody counts on that very position. */
async function rewound(
  { state }: Kit,
  { id, position }: Webhook,
  wanted: number,
  isNamed: boolean,
): Promise<Static<typeof ReplayShape>> {
  const { oldest, newest } = await state.events.range();
  const first = oldest === 0 ? newest + 1 : oldest;
  const after = Math.min(Math.max(wanted, first - 1), position);
  await state.webhooks.change(id, { position: after }).catch(notNow);
  const isShort = isNamed && wanted < first - 1;
  return {
    deliveries: null,
    after: String(after),
    warnings: isShort ? [`events up to ${first - 1} are deleted already`] : [],
  };
}
