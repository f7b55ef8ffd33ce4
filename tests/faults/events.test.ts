import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudEvent } from '#contract/cloud-event.ts';
import { hashApiKey } from '#platform/api-key.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { LEASE_MS } from '../../api/webhooks/sender.ts';
import { KEY, siteOf } from '../api/seeded-app.ts';
import { centreEvent } from '../gateway/stores/state-samples.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { eventually, freePort, Program } from '../support/standalone.ts';

const KILLS = Number(process.env['METERWAY_TEST_KILLS'] ?? 5);
const SUBJECTS = ['o1', 'o2', 'o3', 'o4', 'o5'];
/** One gets events one by one, the other together. */
const HOOKS = { '/single': 6000, '/together': 30 };

/** One request, when the receiver has dealt with it. */
interface Arrival {
  readonly hook: string;
  readonly webhookId: string;
  readonly events: readonly CloudEvent[];
}

const seed = testSeed();
const random = randomFrom(seed);
const dataDir = mkdtempSync(join(tmpdir(), 'meterway-events-'));
const arrivals: Arrival[] = [];
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
let state: StateStore;
let receiver: Server | null = null;
let receiverPort = 0;
let apiPort = 0;
let api: Program | null = null;
let told = 0;
/** Each start of the API is so much later by its clock: what waits for its time need not be waited for. */
let offsetMs = 0;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const parsed = JSON.parse(body);
  const events: CloudEvent[] = parsed.type === 'meterway.events.batch.v1' ? parsed.data.events : [parsed];
  // It takes one sooner than another: what it was sent at the same time it has in any order.
  await sleep(random() * 80);
  arrivals.push({ hook: request.url ?? '', webhookId: String(request.headers['webhook-id']), events });
  response.writeHead(204).end();
}

async function openReceiver(): Promise<void> {
  // A sender that is killed leaves its request behind.
  const server = createServer((request, response) => void receive(request, response).catch(() => {}));
  await new Promise<void>((resolve) => server.listen(receiverPort, '127.0.0.1', resolve));
  receiverPort = (server.address() as AddressInfo).port;
  receiver = server;
}

async function closeReceiver(): Promise<void> {
  const server = receiver;
  receiver = null;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
}

async function startApi(): Promise<void> {
  api = new Program(['api/main.ts'], {
    METERWAY_DATA_DIR: dataDir,
    METERWAY_API_PORT: String(apiPort),
    METERWAY_SIMULATION: 'true',
    METERWAY_CLOCK_OFFSET_MS: String(offsetMs),
    METERWAY_WEBHOOK_ALLOW_HTTP: 'true',
    METERWAY_WEBHOOK_PORTS: String(receiverPort),
    METERWAY_WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8',
  });
  await eventually('the API answers', 30_000, async () => {
    if (!api?.isRunning) throw new Error(api?.output);
    return fetch(`http://127.0.0.1:${apiPort}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

async function kill(): Promise<void> {
  api?.process.kill('SIGKILL');
  await api?.ended;
  api = null;
}

async function tell(count: number): Promise<void> {
  const events = Array.from({ length: count }, () =>
    centreEvent({ subject: SUBJECTS[Math.floor(random() * SUBJECTS.length)] ?? '', district: null }),
  );
  await state.events.tell(events, Date.now() + offsetMs);
  told += count;
}

const of = (hook: string): Arrival[] => arrivals.filter((each) => each.hook === hook);
const idsOf = (hook: string): Set<string> => new Set(of(hook).flatMap(({ events }) => events.map(({ id }) => id)));

async function allArrived(): Promise<void> {
  await eventually(`all ${told} events arrived`, 40_000, () => {
    if (!api?.isRunning) throw new Error(api?.output);
    return Object.keys(HOOKS).every((hook) => idsOf(hook).size === told);
  });
}

/** Each event came under one id, and of each subject first came the older. */
function expectInOrder(hook: string): void {
  const webhookIds = new Map<string, Set<string>>();
  const firsts = new Map<string, number[]>();
  for (const { webhookId, events } of of(hook)) {
    for (const { id, subject, position } of events) {
      if (!webhookIds.has(id)) firsts.set(subject, [...(firsts.get(subject) ?? []), Number(position)]);
      webhookIds.set(id, (webhookIds.get(id) ?? new Set()).add(webhookId));
    }
  }
  for (const [id, all] of webhookIds) expect([...all], `${hook} ${id}`).toHaveLength(1);
  for (const [subject, positions] of firsts) {
    expect(positions, `${hook} ${subject}`).toEqual(positions.toSorted((a, b) => a - b));
  }
}

beforeAll(async () => {
  process.stdout.write(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}\n`);
  state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'));
  await state.registry.replace(siteOf());
  await state.keys.add({ id: 'k1', name: 'test', hash: hashApiKey(KEY), createdAt: 0, revokedAt: null });
  apiPort = await freePort();
  await openReceiver();
  await startApi();
  for (const [path, perMinute] of Object.entries(HOOKS)) {
    const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1/webhooks`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify({ name: path, url: `http://127.0.0.1:${receiverPort}${path}`, perMinute }),
    });
    expect(response.status, await response.text()).toBe(201);
  }
});
afterAll(async () => {
  await kill();
  await closeReceiver();
  await state?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('webhooks', () => {
  it(
    `are told every event, in order and under one id, by an API that is killed ${KILLS} times at it`,
    async () => {
      for (let i = 0; i < KILLS; i++) {
        const before = arrivals.length;
        await tell(40);
        await eventually('something arrived', 20_000, () => arrivals.length > before);
        await sleep(random() * 400);
        await kill();
        // Nobody gave up the right to send: it runs out.
        offsetMs += LEASE_MS;
        await startApi();
      }
      await allArrived();
      for (const hook of Object.keys(HOOKS)) expectInOrder(hook);
      expect(of('/together').some(({ events }) => events.length > 1)).toBe(true);
      const repeated = arrivals.length - new Set(arrivals.map(({ hook, webhookId }) => `${hook} ${webhookId}`)).size;
      process.stdout.write(`${told} events in ${arrivals.length} requests, ${repeated} of them repeated\n`);
    },
    60_000 + KILLS * 10_000,
  );

  it('are told what happened while they were away, in order and under the same ids', async () => {
    await closeReceiver();
    await tell(30);
    const { webhooks } = state;
    await eventually('both were tried in vain', 20_000, async () => {
      const waiting = await Promise.all(
        (await webhooks.list()).map(({ id }) => webhooks.deliveries(id, { state: 'waiting', limit: 1000 })),
      );
      return waiting.every((list) => list.some(({ lastError }) => lastError === 'ECONNREFUSED'));
    });
    await kill();
    await openReceiver();
    // Later than the first retries of all.
    offsetMs += 600_000;
    await startApi();
    await allArrived();
    for (const hook of Object.keys(HOOKS)) expectInOrder(hook);
  }, 120_000);
});
