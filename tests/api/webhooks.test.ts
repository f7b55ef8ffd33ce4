import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signature } from '../../api/webhooks/signature.ts';
import { centreEvent } from '../gateway/stores/state-samples.ts';
import { get, KEY, NOW, seededApp } from './seeded-app.ts';

type Seeded = Awaited<ReturnType<typeof seededApp>>;
let seeded: Seeded;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const HOOK = { name: '调度系统', url: 'https://oms.example.com/hook' };

async function send(method: 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object, { app }: Seeded = seeded) {
  const response = await app.inject({
    method,
    url: `/api/v1/webhooks${path}`,
    headers: { authorization: `Bearer ${KEY}` },
    ...(payload && { payload }),
  });
  return { status: response.statusCode, json: response.body === '' ? null : response.json() };
}

describe('a webhook', () => {
  it('is made with a secret that is shown once, and begins with what comes next', async () => {
    const { newest } = await seeded.state.events.range();
    const made = await send('POST', '', { ...HOOK, types: ['outage.opened.v1'], districts: ['d1'] });
    expect(made).toMatchObject({
      status: 201,
      json: {
        ...{ ...HOOK, types: ['outage.opened.v1'], districts: ['d1'], perMinute: 60, enabled: true },
        ...{ disabledWhy: null, createdBy: 'k', position: String(newest), previousSecretUntil: null },
        secret: expect.stringMatching(/^whsec_/),
      },
    });
    const { secret, ...shown } = made.json;
    expect((await get(seeded.app, `/api/v1/webhooks/${shown.id}`)).json).toEqual(shown);
    const list = await get(seeded.app, '/api/v1/webhooks');
    expect(list.json.items).toEqual([shown]);
    expect(list.text).not.toContain(secret.slice('whsec_'.length));
  });

  it.each([
    ['an address of this machine', { url: 'https://127.0.0.1/' }, 400, 'bad_webhook'],
    ['an address in disguise', { url: 'https://2130706433/' }, 400, 'bad_webhook'],
    ['http', { url: 'http://example.com/' }, 400, 'bad_webhook'],
    ['another port', { url: 'https://example.com:25/' }, 400, 'bad_webhook'],
    ['a district that is not there', { districts: ['d9'] }, 404, 'unknown_district'],
    ['an event type that is not there', { types: ['outage.none.v1'] }, 400, 'bad_request'],
    ['an unknown field', { secret: 'whsec_mine' }, 400, 'bad_request'],
  ])('is refused with %s, new or changed', async (_what, over, status, code) => {
    expect(await send('POST', '', { ...HOOK, ...over })).toMatchObject({ status, json: { code } });
    const { json } = await send('POST', '', HOOK);
    expect(await send('PATCH', `/${json.id}`, over)).toMatchObject({ status, json: { code } });
    await send('DELETE', `/${json.id}`);
  });

  it('is refused without its address being repeated, in which a password may be', async () => {
    const url = 'https://erp:hunter2@example.com/hook?token=hunter3';
    for (const [method, path] of [
      ['POST', ''],
      ['PATCH', '/none'],
    ] as const) {
      const { status, json } = await send(method, path, { ...HOOK, url });
      expect([status, JSON.stringify(json)]).toEqual([400, expect.not.stringMatching(/hunter/)]);
    }
  });

  it('is made once under an Idempotency-Key, however often that is sent', async () => {
    const before = (await seeded.state.webhooks.list()).length;
    const post = async (payload: object) => {
      const headers = { authorization: `Bearer ${KEY}`, 'idempotency-key': 'mine' };
      const response = await seeded.app.inject({ method: 'POST', url: '/api/v1/webhooks', headers, payload });
      return { status: response.statusCode, json: response.json() };
    };
    const first = await post(HOOK);
    expect(await post(HOOK)).toEqual(first);
    for (const other of [{ name: 'other' }, { types: ['outage.opened.v1'] }, { districts: ['d1'] }, { perMinute: 2 }]) {
      expect(await post({ ...HOOK, ...other })).toMatchObject({ status: 409, json: { code: 'idempotency_conflict' } });
    }
    expect((await seeded.state.webhooks.list()).length).toBe(before + 1);
  });

  it('is changed, disabled, enabled and deleted', async () => {
    const { id } = (await send('POST', '', { ...HOOK, types: ['outage.opened.v1'] })).json;
    const changed = await send('PATCH', `/${id}`, { name: 'x', types: null, perMinute: 2, enabled: false });
    expect(changed).toMatchObject({
      status: 200,
      json: { name: 'x', url: HOOK.url, types: null, perMinute: 2, enabled: false, disabledWhy: 'by_hand' },
    });
    expect((await send('PATCH', `/${id}`, { enabled: true })).json).toMatchObject({ enabled: true, disabledWhy: null });
    expect((await send('DELETE', `/${id}`)).status).toBe(204);
    for (const [method, path] of [
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/test'],
    ] as const) {
      const gone = await send(method, `/${id}${path}`, method === 'PATCH' ? {} : undefined);
      expect(gone, `${method} ${path}`).toMatchObject({ status: 404, json: { code: 'unknown_webhook' } });
    }
  });

  it('has two secrets for a while when it gets a new one', async () => {
    const made = (await send('POST', '', HOOK)).json;
    const rotated = await send('POST', `/${made.id}/secret`, { overlapHours: 2 });
    expect(rotated.json.secret).not.toBe(made.secret);
    expect(Date.parse(rotated.json.previousSecretUntil)).toBe(NOW + 7_200_000);
    expect(await seeded.state.webhooks.get(made.id)).toMatchObject({
      secret: rotated.json.secret,
      previousSecret: made.secret,
    });
  });
});

describe('the OpenAPI document', () => {
  it('says what receivers are sent', async () => {
    const { json } = await get(seeded.app, '/openapi.json');
    const { post } = json.webhooks.event;
    expect(post.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ]);
    expect(post.requestBody.content['application/cloudevents+json'].schema.properties.specversion).toBeDefined();
    expect(json.paths['/api/v1/events'].get.responses['200'].content).toHaveProperty('text/event-stream');
  });
});

describe('deliveries of a webhook', () => {
  it('are listed in pages and by state, and dead ones are sent again', async () => {
    const { id } = (await send('POST', '', HOOK)).json;
    const position = (await seeded.state.webhooks.get(id))?.position ?? 0;
    const deliveries = ['e1', 'e2', 'e3'].map((each, i) => ({ id: each, positions: [i + 1] }));
    await seeded.state.webhooks.plan(id, position, position + 3, deliveries, NOW);
    const dead = { state: 'dead', nextAt: NOW, lastAt: NOW, lastStatus: 500, lastError: '' } as const;
    await seeded.state.webhooks.attempted({ webhook: id, id: 'e2', attempts: 0 }, dead);
    const list = async (query: string) => (await get(seeded.app, `/api/v1/webhooks/${id}/deliveries?${query}`)).json;
    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map((item: { id: string }) => item.id);
    expect([ids, second.nextCursor]).toEqual([['e1', 'e2', 'e3'], null]);
    expect((await list('state=dead')).items).toMatchObject([
      { id: 'e2', positions: ['2'], attempts: 1, lastStatus: 500, nextAttemptAt: null },
    ]);
    const missing = await send('POST', `/${id}/replay`, { dead: 'e1' });
    expect(missing).toMatchObject({ status: 404, json: { code: 'unknown_delivery' } });
    expect(await send('POST', `/${id}/replay`, { dead: 'all' })).toMatchObject({
      status: 202,
      json: { deliveries: 1 },
    });
    expect((await list('state=waiting')).items.length).toBe(3);
  });

  it('are made again from a position or an instant on, one of the two', async () => {
    await seeded.state.events.tell([centreEvent({})], NOW - 60_000);
    await seeded.state.events.tell([centreEvent({})], NOW);
    const { newest } = await seeded.state.events.range();
    const { id } = (await send('POST', '', HOOK)).json;
    const replay = (body: object) => send('POST', `/${id}/replay`, body);
    expect((await replay({ since: new Date(NOW - 1000).toISOString() })).json.after).toBe(String(newest - 1));
    expect((await replay({ after: String(newest - 2) })).json.after).toBe(String(newest - 2));
    expect((await seeded.state.webhooks.get(id))?.position).toBe(newest - 2);
    for (const body of [{}, { after: '1', dead: 'all' }]) {
      expect(await replay(body)).toMatchObject({ status: 400, json: { code: 'bad_request' } });
    }
  });
});

describe('over the wire', () => {
  it('a test and an event arrive signed at a receiver in a network that the settings name', async () => {
    const got: { headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const inside = await seededApp({
      eventSettings: {
        webhookAllowHttp: true,
        webhookPorts: String(port),
        webhookPrivateNetworks: '127.0.0.0/8',
      },
    });
    const url = `http://127.0.0.1:${port}/hook`;
    const { id, secret } = (await send('POST', '', { ...HOOK, url }, inside)).json;
    expect(await send('POST', `/${id}/test`, undefined, inside)).toMatchObject({
      status: 200,
      json: { delivered: true, status: 204, error: '' },
    });
    await inside.app.listen({ host: '127.0.0.1', port: 0 });
    await inside.state.events.tell([centreEvent({ subject: 'told' })], NOW);
    await expect
      .poll(async () => {
        await inside.clock.advance(250);
        return got.length;
      })
      .toBe(2);
    expect(got.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'meterway.webhook.test.v1', data: { webhook: id } },
      { type: 'outage.opened.v1', subject: 'told' },
    ]);
    for (const { headers, body } of got) {
      const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      expect(headers['webhook-signature']).toBe(signature(secret, content));
    }
    await inside.close();
    await new Promise((resolve) => receiver.close(resolve));
  });
});
