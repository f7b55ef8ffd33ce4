import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { ConfigError, messageOf } from '#platform/errors.ts';
import { createLogger, type Logger } from '#platform/logger.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { Subscriptions } from '#platform/mqtt/subscriptions.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import { PlanFile } from '../../../collector/plan-file.ts';
import { PlanIntake } from '../../../collector/plan-intake.ts';
import { Credentials, GATEWAY_USER } from '../../../gateway/broker/credentials.ts';
import { startEmbeddedBroker } from '../../../gateway/broker/embedded-broker.ts';
import { CollectorWatch } from '../../../gateway/collection/collector-watch.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { seededApp } from '../../api/seeded-app.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { batchOf } from '../stores/reading-samples.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { status } from '../stores/state-samples.ts';

/** Stands for every secret, and for everything that belongs to a customer. */
const CANARY = 'cAnArY7';
const SECRETS = {
  METERWAY_MQTT_PASSWORD: CANARY,
  METERWAY_INFLUX_PASSWORD: CANARY,
  METERWAY_INFLUX_TOKEN: CANARY,
  METERWAY_API_CURSOR_SECRET: CANARY,
};
const scratch = scratchPaths();
const cleanUps: (() => Promise<unknown>)[] = [];
let written: string[];
let logger: Logger;

beforeEach(() => {
  written = [];
  logger = createLogger({ process: 'test', level: 'trace' }, { write: (line) => void written.push(line) });
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  }
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  vi.restoreAllMocks();
});

/** What the start of a program writes when it is refused. */
function refused(start: () => unknown): void {
  let error: unknown = null;
  try {
    start();
  } catch (err) {
    error = err;
  }
  expect(error).not.toBeNull();
  if (error instanceof ConfigError) logger.fatal({ problems: error.problems.length }, error.message);
  else logger.fatal({ err: error }, 'cannot start');
}

/** The log has `lines` lines or more, and the canary in none. */
function expectSilence(lines: number): void {
  expect(written.length).toBeGreaterThanOrEqual(lines);
  expect(written.filter((line) => line.toLowerCase().includes(CANARY.toLowerCase()))).toEqual([]);
}

describe('the settings do not write', () => {
  it.each([
    ['a password under a name that is misspelt', { METERWAY_MQTT_PASWORD: CANARY }],
    ['secrets that are right beside a setting that is wrong', { ...SECRETS, METERWAY_API_PORT: 'x' }],
  ])('%s', (_what, environment) => {
    refused(() => loadSettings(environment));
    expectSilence(1);
  });

  it('a password in the URL of the store', () => {
    refused(() => openInfluxReadingStore({ ...loadSettings({}), influxUrl: `http://u:${CANARY}@127.0.0.1:1` }));
    expectSilence(1);
  });

  it.each([
    `mqttPassword: *${CANARY}`,
    `mqttPassword: |${CANARY}`,
    `mqttPassword: "${CANARY}`,
    `mqttPassword: { is: ${CANARY} }`,
    `influxToken: [${CANARY}]`,
    `apiCursorSecret: 1: ${CANARY}`,
    `- mqttPassword: ${CANARY}\n${CANARY}`,
    `mqttPasword: ${CANARY}`,
    CANARY,
  ])('what stands in a file with a mistake: %s', (text) => {
    const file = scratch('meterway.yaml');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    refused(() => loadSettings({ METERWAY_CONFIG: file }));
    expectSilence(1);
  });
});

it.each([
  `{ no: "1", name: ${CANARY}, address: ${CANARY}, phone: ${CANARY} }`,
  `{ no: "1", name: [${CANARY}], address: ${CANARY} }`,
  `{ no: "1", name: ${CANARY.repeat(50)}, address: ${CANARY} }`,
  `{ no: "1", name: ${CANARY}, address: *${CANARY} }`,
  `{ no: "1", name: ${CANARY}, address: "${CANARY} }`,
  `{ no: "${CANARY}", name: ${CANARY}, address: ${CANARY} }\n  - { no: "${CANARY}", name: ${CANARY}, address: a }`,
  `{ no: ${CANARY}!, name: ${CANARY}, address: ${CANARY}, category: ${CANARY} }`,
])('a site file with a mistake among its customers does not write them: %s', (account) => {
  const site = [
    'site: { name: s }',
    'areas: [{ id: A1, name: a, kva: 100 }]',
    'lines: [{ id: L1, protocol: dlt645, tcp: { host: 127.0.0.1, port: 7001 } }]',
    `meters: [{ id: "1", model: dlt645-1ph, line: L1, area: A1, account: "${CANARY}9" }]`,
    `accounts:\n  - ${account}`,
  ].join('\n');
  refused(() => parseSite('site.yaml', site, 0));
  expectSilence(1);
});

describe('the connections do not write', () => {
  it('the password of a broker that is away, or that refuses it', async () => {
    refused(
      () =>
        new MqttLink(
          { url: `mqtt://u:${CANARY}/@127.0.0.1:1`, clientId: 'c', session: 'new', username: 'u', password: CANARY },
          systemClock(),
          logger,
        ),
    );
    const credentials = Credentials.ensure(scratch('credentials.json'), [GATEWAY_USER]);
    const broker = await startEmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      credentials,
      districtOf: () => 'd1',
      logger,
    });
    cleanUps.push(() => broker.close());
    for (const url of [`mqtt://127.0.0.1:${broker.port}`, `mqtt://u:${CANARY}@127.0.0.1:1`]) {
      const link = new MqttLink(
        { url, clientId: 'c', session: 'new', username: 'gateway', password: CANARY },
        new ManualClock(0),
        logger,
      );
      cleanUps.push(() => link.close(500));
    }
    await expect
      .poll(() => written.filter((line) => line.includes('cannot reach the broker')).length, { timeout: 5000 })
      .toBe(2);
    expectSilence(4);
  });

  it('user, password or token of an InfluxDB that is away', async () => {
    for (const influxVersion of ['1', '2'] as const) {
      const settings = { ...loadSettings({}), influxVersion, influxUrl: 'http://127.0.0.1:1' };
      const secrets = { influxUsername: CANARY, influxPassword: CANARY, influxToken: CANARY };
      const store = openInfluxReadingStore(
        { ...settings, ...secrets },
        { places: { placeOf: () => null, keepingOf: () => 'freeze' } },
      );
      cleanUps.push(() => store.close());
      const batch = batchOf('freeze-day', ['energy_import_wh'], [{ values: [5] }]);
      const err = await store.write([batch]).catch((error: unknown) => error);
      logger.warn({ err }, 'the stores are busy');
      expect(messageOf(err)).toContain('127.0.0.1:1');
    }
    expectSilence(2);
  });

  it('what stands in a message that cannot be used', async () => {
    const clock = new ManualClock(0);
    const subscriptions = new Subscriptions(clock, logger);
    subscriptions.add('t', (_topic, payload) => void JSON.parse(Buffer.from(payload).toString()));
    const intake = new PlanIntake({ id: 'c1', planFile: new PlanFile(scratch('plan.json'), 'c1'), logger });
    const store = { save: async () => {}, all: async () => [] };
    const watch = new CollectorWatch(store, { collectors: [{ id: 'c1', district: 'd1' }] }, clock, logger);
    const valid = JSON.stringify({ ...status({}), host: 5, customer: CANARY });
    for (const text of [
      CANARY,
      `{"name":"${CANARY}`,
      `{"name":${CANARY}}`,
      `{"name":"${CANARY}"}`,
      `"${CANARY}"`,
      valid,
    ]) {
      await subscriptions.handle('t', Buffer.from(text), false);
      intake.take(text, null);
      await watch.receive('meterway/v1/d1/c1/up/status', Buffer.from(text));
    }
    expectSilence(12);
  });
});

describe('the API does not write', () => {
  it('keys, cookies, queries or bodies, whether it refuses, answers or fails', async () => {
    const { app, state, close } = await seededApp({ logger });
    cleanUps.push(close);
    const key = 'Bearer mw_test-key-0123456789';
    const headers = { cookie: `session=${CANARY}`, 'x-api-key': CANARY, 'content-type': 'application/json' };
    const requests: [string, string, string, string?][] = [
      ['GET', `/api/v1/meters?name=${CANARY}&key=${CANARY}`, `Bearer ${CANARY}`],
      ['GET', `/api/v1/meters?name=${CANARY}`, `Basic ${CANARY}`],
      ['GET', `/api/v1/meters/${CANARY}`, key],
      ['GET', `/api/v1/nothing/${CANARY}?token=${CANARY}`, key],
      ['GET', `/api/v1/supply-status?accountNo=${CANARY}`, key],
      ['GET', `/api/v1/supply-status?q=${CANARY}`, key],
      ['GET', `/api/v1/%E0%A4%A${CANARY}`, key],
      ['POST', '/api/v1/reads', key, CANARY],
      ['POST', '/api/v1/reads', key, `{"name":${CANARY}}`],
      ['POST', '/api/v1/reads', key, JSON.stringify({ meters: [CANARY], name: CANARY, phone: CANARY })],
      ['POST', '/api/v1/collection/retries', key, JSON.stringify({ [CANARY]: CANARY })],
    ];
    const ask = async (): Promise<void> => {
      for (const [method, url, authorization, payload] of requests) {
        const asked = { method: method as 'GET', url, headers: { ...headers, authorization } };
        await app.inject(payload === undefined ? asked : { ...asked, payload });
      }
    };
    await ask();
    vi.spyOn(state.registry, 'version').mockRejectedValue(Object.assign(new Error('gone'), { customer: CANARY }));
    await ask();
    vi.spyOn(state.keys, 'byHash').mockRejectedValue(Object.assign(new Error('gone'), { key: CANARY }));
    await ask();
    expectSilence(5);
  });
});
