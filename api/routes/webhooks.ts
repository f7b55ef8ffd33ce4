import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Type } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Webhook, WebhookChange } from '#stores/webhook-store.ts';
import { ApiProblem } from '../errors.ts';
import { notNow } from '../queries/jobs.ts';
import { IdText, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { ChangedWebhook, NewWebhook, WebhookList, WebhookShape, WebhookWithSecret } from '../schemas/webhooks.ts';
import { EgressRules } from '../webhooks/egress-rules.ts';
import { safePoster } from '../webhooks/poster.ts';
import { newSecret } from '../webhooks/signature.ts';
import { startWebhooks } from '../webhooks/start-webhooks.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';
import { deliveryRoutes } from './webhook-deliveries.ts';
import { webhookById, webhookShape } from './webhook-shapes.ts';

const TAGS = ['integrators'];
const MOST_WEBHOOKS = 100;
const PER_MINUTE = 60;
/** What a request for a new webhook says. */
type Asked = Pick<Webhook, 'name' | 'url' | 'types' | 'districts' | 'perMinute'>;

const WebhookPath = strict({ id: IdText });

const ABOUT =
  'Events are posted as CloudEvents 1.0, signed by Standard Webhooks: HMAC-SHA256 over `webhook-id.webhook-timestamp.' +
  'body`, in `webhook-signature` as `v1,<base64>`, two of them while the secret is changed. An answer 2xx within 15 s ' +
  'takes a delivery; else it is sent again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h under the same ' +
  '`webhook-id`, and is given up then, to be replayed. 410 disables the webhook. The same event may come twice, and ' +
  'a later one before an earlier: drop repetitions by the `id` of the event, order by its `position`. When more ' +
  'happens than `perMinute` allows, events come together: one CloudEvent of type `meterway.events.batch.v1` whose ' +
  '`data.events` are the events; its signature is checked in the same way, over the whole body.';

/** Addresses outside that are told what happens. */
export function webhookRoutes(app: App, kit: Kit): void {
  const { webhooks } = kit.state;
  const rules = new EgressRules(kit.eventSettings);
  const post = safePoster(rules);
  startWebhooks(app, kit, post);

  app.post(
    '/webhooks',
    {
      schema: {
        tags: TAGS,
        summary: 'Adds a webhook; the answer shows its secret this once',
        description: ABOUT,
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: NewWebhook,
        response: { 201: WebhookWithSecret, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request, reply) => {
      const index = await kit.site.index();
      const { name, url, types = null, districts = null, perMinute = PER_MINUTE } = request.body;
      check(rules, index, request.body);
      const by = request.keyId ?? '';
      const id = idOf(by, request.headers['idempotency-key']);
      const earlier = await webhooks.get(id);
      if (earlier) {
        const asked = { name, url, types, districts, perMinute };
        return reply.code(201).send(sameAgain(index, earlier, asked));
      }
      if ((await webhooks.list()).length >= MOST_WEBHOOKS) {
        throw new ApiProblem('too_many_webhooks', `there are ${MOST_WEBHOOKS} webhooks; delete one first`);
      }
      const webhook: Webhook = {
        ...{ id, name, url, types, districts, perMinute, secret: newSecret() },
        ...{ previousSecret: null, previousUntil: null, disabledWhy: null },
        ...{ createdBy: by, createdAt: kit.clock.now() },
        position: (await kit.state.events.range()).newest,
      };
      await webhooks.add(webhook).catch(notNow);
      return reply
        .code(201)
        .header('location', `/api/v1/webhooks/${webhook.id}`)
        .send({ ...webhookShape(index, webhook), secret: webhook.secret });
    },
  );

  app.get(
    '/webhooks',
    {
      schema: {
        tags: TAGS,
        summary: 'Webhooks, in the order in which they were made',
        querystring: NoQuery,
        response: { 200: WebhookList, ...PROBLEM_RESPONSES },
      },
    },
    async () => {
      const index = await kit.site.index();
      const items = (await webhooks.list()).map((each) => webhookShape(index, each));
      return { items, nextCursor: null, ...(await kit.site.stamp()), warnings: [] };
    },
  );

  app.get(
    '/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'One webhook',
        params: WebhookPath,
        querystring: NoQuery,
        response: { 200: WebhookShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => webhookShape(await kit.site.index(), await webhookById(kit, params.id)),
  );

  app.patch(
    '/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Changes a webhook, disables it or enables it again',
        params: WebhookPath,
        querystring: NoQuery,
        body: ChangedWebhook,
        response: { 200: WebhookShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, body: { enabled, ...change } }) => {
      const index = await kit.site.index();
      check(rules, index, change);
      const whole: WebhookChange = {
        ...change,
        ...(enabled !== undefined && { disabledWhy: enabled ? null : ('by_hand' as const) }),
      };
      await webhooks.change(params.id, whole).catch(notNow);
      return webhookShape(index, await webhookById(kit, params.id));
    },
  );

  app.delete(
    '/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Deletes a webhook with its deliveries',
        params: WebhookPath,
        querystring: NoQuery,
        response: { 204: Type.Null(), ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }, reply) => {
      await webhookById(kit, params.id);
      await webhooks.remove(params.id).catch(notNow);
      return reply.code(204).send(null);
    },
  );

  deliveryRoutes(app, kit, post);
}

/** The same asker's request under the same name makes the same webhook. */
function idOf(by: string, name: string | undefined): string {
  if (name === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([by, name]))
    .digest('hex')
    .slice(0, 32);
}

/** The answer of before, for somebody who has not received it. */
function sameAgain(index: RegistryIndex, webhook: Webhook, asked: Asked) {
  const { name, url, types, districts, perMinute } = webhook;
  if (isDeepStrictEqual({ name, url, types, districts, perMinute }, asked)) {
    return { ...webhookShape(index, webhook), secret: webhook.secret };
  }
  throw new ApiProblem('idempotency_conflict', `the Idempotency-Key made the webhook ${webhook.id}; use a new one`);
}

/** Throws the problem of an address or district that cannot be used. */
function check(
  rules: EgressRules,
  index: RegistryIndex,
  { url, districts }: { readonly url?: string; readonly districts?: readonly string[] | null },
): void {
  const why = url === undefined ? null : rules.refusal(url);
  if (why !== null)
    // Not the address itself: it may hold a password.
    throw new ApiProblem('bad_webhook', `the address cannot be used: ${why}`, [{ pointer: '/url', detail: why }]);
  const unknown = districts?.find((id) => !index.registry.districts.some((district) => district.id === id));
  if (unknown !== undefined) throw new ApiProblem('unknown_district', `no district has the id ${unknown}`);
}
