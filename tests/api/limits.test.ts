import { afterEach, expect, test } from 'vitest';
import { get, KEY, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
afterEach(() => seeded.close());

const statuses = async (count: number, path: string, headers: (i: number) => Record<string, string>) => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await get(seeded.app, path, headers(i))).status);
  return found;
};

test('made-up keys are counted for their address, and the key of another client there still answers', async () => {
  seeded = await seededApp({ requestsPerMinute: 3 });
  const madeUp = (i: number) => ({ authorization: `Bearer made-up-key-0123456789-${i}` });
  expect(await statuses(5, '/api/v1/meters', madeUp)).toEqual([401, 401, 401, 429, 429]);
  const { headers, json } = await get(seeded.app, '/api/v1/meters', madeUp(6));
  expect(json).toMatchObject({ status: 429, code: 'too_many_requests' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(await statuses(4, '/api/v1/meters', () => ({}))).toEqual([200, 200, 200, 429]);
});

test('a made-up key does not raise the limit of what needs none', async () => {
  seeded = await seededApp({ requestsPerMinute: 3 });
  const madeUp = (i: number) => ({ authorization: `Bearer made-up-key-0123456789-${i}` });
  expect(await statuses(5, '/metrics', madeUp)).toEqual([200, 200, 200, 429, 429]);
});

test('health probes are never refused for being many', async () => {
  seeded = await seededApp({ requestsPerMinute: 3 });
  const found = [...(await statuses(5, '/healthz', () => ({}))), ...(await statuses(5, '/readyz', () => ({})))];
  expect(new Set(found)).toEqual(new Set([200]));
});

test('the scheme of the key is taken in any case', async () => {
  seeded = await seededApp();
  expect(await statuses(1, '/api/v1/meters', () => ({ authorization: `bearer ${KEY}` }))).toEqual([200]);
});
