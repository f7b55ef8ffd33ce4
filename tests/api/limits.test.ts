import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashApiKey } from '#platform/api-key.ts';
import { KEY, NOW, seededApp } from './seeded-app.ts';

/** Of another client; what is counted for it is not counted for KEY. */
const OTHER_KEY = 'mw_other-key-0123456789';

// Each test has an address or a key of its own, so that none counts the requests of another.
let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp({ requestsPerMinute: 3 });
  const key = { id: 'other', name: 'other', hash: hashApiKey(OTHER_KEY), createdAt: NOW, revokedAt: null };
  await seeded.state.keys.add(key);
});
afterAll(() => seeded.close());

const ask = (url: string, remoteAddress: string, authorization = `Bearer ${KEY}`) =>
  seeded.app.inject({ url, remoteAddress, headers: { authorization } });
const statuses = async (count: number, path: string, address: string, authorization?: (i: number) => string) => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await ask(path, address, authorization?.(i))).statusCode);
  return found;
};
const madeUp = (i: number) => `Bearer made-up-key-0123456789-${i}`;

test('made-up keys are counted for their address, and the key of another client there still answers', async () => {
  expect(await statuses(5, '/api/v1/meters', '10.0.0.1', madeUp)).toEqual([401, 401, 401, 429, 429]);
  const refused = await ask('/api/v1/meters', '10.0.0.1', madeUp(6));
  expect(refused.json()).toMatchObject({ status: 429, code: 'too_many_requests' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(await statuses(5, '/api/v1/meters', '10.0.0.1')).toEqual([200, 200, 200, 429, 429]);
  expect((await ask('/api/v1/meters', '10.0.0.1')).json()).toMatchObject({ code: 'too_many_requests' });
});

test('a made-up key does not raise the limit of what needs none', async () => {
  expect(await statuses(5, '/metrics', '10.0.0.2', madeUp)).toEqual([200, 200, 200, 429, 429]);
});

test('health probes are never refused for being many', async () => {
  const found = [...(await statuses(5, '/healthz', '10.0.0.3')), ...(await statuses(5, '/readyz', '10.0.0.3'))];
  expect(new Set(found)).toEqual(new Set([200]));
});

test('the scheme of the key is taken in any case', async () => {
  expect((await ask('/api/v1/meters', '10.0.0.4', `bearer ${OTHER_KEY}`)).statusCode).toBe(200);
});
