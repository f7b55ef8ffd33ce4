import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { dirname } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Access } from '../../../gateway/broker/access.ts';
import { gatewayClientId } from '../../../gateway/broker/client-id.ts';
import { Credentials, GATEWAY_USER } from '../../../gateway/broker/credentials.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../../gateway/broker/embedded-broker.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const scratch = scratchPaths();
const logger = quietLogger();
const DISTRICTS = new Map([
  ['c1', 'demo'],
  ['c2', 'demo'],
]);

let broker: EmbeddedBroker;
let credentials: Credentials;
const clients: MqttClient[] = [];

beforeEach(async () => {
  credentials = Credentials.ensure(scratch('credentials.json'), [GATEWAY_USER, 'c1', 'c2']);
  const districtOf = (collector: string): string | undefined => DISTRICTS.get(collector);
  broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, credentials, districtOf, logger });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.close();
});

function connect(
  user: string,
  options: { clientId?: string; password?: string; keepalive?: number } = {},
): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
    clientId: options.clientId ?? (user === GATEWAY_USER ? 'gateway' : `${user}.1`),
    username: user,
    password: options.password ?? credentials.passwordOf(user) ?? '',
    ...(options.keepalive === undefined ? {} : { keepalive: options.keepalive }),
    reconnectPeriod: 0,
  });
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.once('error', reject);
  });
}

function received(client: MqttClient): string[] {
  const topics: string[] = [];
  client.on('message', (topic) => topics.push(topic));
  return topics;
}

function sizesReceived(client: MqttClient): number[] {
  const sizes: number[] = [];
  client.on('message', (_, payload) => sizes.push(payload.length));
  return sizes;
}

describe('the embedded broker', () => {
  it('lets each collector in with its own password and client id only', async () => {
    await connect('c1');
    await connect('c1', { clientId: 'c1.2' });
    await expect(connect('c1', { password: 'guess' })).rejects.toThrow(/Not authorized/i);
    await expect(connect('c1', { clientId: 'c2.1' })).rejects.toThrow(/Not authorized/i);
    await expect(connect('stranger')).rejects.toThrow(/Not authorized/i);
    await expect(connect('c1', { clientId: 'gateway' })).rejects.toThrow(/Not authorized/i);
  });

  it('carries rows from a collector to the gateway and acks back', async () => {
    const gateway = await connect(GATEWAY_USER);
    const collector = await connect('c1');
    const atGateway = received(gateway);
    const atCollector = received(collector);
    await gateway.subscribeAsync('meterway/v1/+/+/up/rows', { qos: 1 });
    await collector.subscribeAsync('meterway/v1/demo/c1/down/ack', { qos: 1 });
    await collector.publishAsync('meterway/v1/demo/c1/up/rows', '{}', { qos: 1 });
    await gateway.publishAsync('meterway/v1/demo/c1/down/ack', '{}', { qos: 1, retain: true });
    await expect.poll(() => atGateway).toEqual(['meterway/v1/demo/c1/up/rows']);
    await expect.poll(() => atCollector).toEqual(['meterway/v1/demo/c1/down/ack']);
  });

  it("cuts off a collector that publishes in another's name", async () => {
    const gateway = await connect(GATEWAY_USER);
    const atGateway = received(gateway);
    await gateway.subscribeAsync('meterway/v1/#', { qos: 1 });
    const collector = await connect('c1');
    const closed = new Promise<void>((resolve) => collector.once('close', () => resolve()));
    collector.publish('meterway/v1/demo/c2/up/rows', '{}', { qos: 1 });
    await closed;
    expect(atGateway).toEqual([]);
  });

  it('drops the last will that a collector left in the name of another', async () => {
    const gateway = await connect(GATEWAY_USER);
    const atGateway = received(gateway);
    await gateway.subscribeAsync('meterway/v1/#', { qos: 1 });
    const forger = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
      clientId: 'c1.1',
      username: 'c1',
      password: credentials.passwordOf('c1') ?? '',
      reconnectPeriod: 0,
      will: { topic: 'meterway/v1/demo/c2/up/status', payload: Buffer.from('{}'), qos: 1, retain: true },
    });
    clients.push(forger);
    await new Promise((resolve) => forger.once('connect', resolve));
    forger.stream.destroy();
    const honest = await connect('c2');
    await honest.publishAsync('meterway/v1/demo/c2/up/rows', '{}', { qos: 1 });
    await expect.poll(() => atGateway).toEqual(['meterway/v1/demo/c2/up/rows']);
  });

  it('carries the status of a collector with a thousand lines, and of more than 1 MiB only what the gateway sends', async () => {
    const mebibyte = 1024 * 1024;
    const gateway = await connect(GATEWAY_USER);
    const collector = await connect('c1');
    const atGateway = sizesReceived(gateway);
    const atCollector = sizesReceived(collector);
    await gateway.subscribeAsync('meterway/v1/+/+/up/status', { qos: 1 });
    await collector.subscribeAsync('meterway/v1/demo/c1/down/plan', { qos: 1 });
    const status = 'x'.repeat(mebibyte - 100);
    await collector.publishAsync('meterway/v1/demo/c1/up/status', status, { qos: 1, retain: true });
    await expect.poll(() => atGateway).toEqual([status.length]);
    const plan = 'x'.repeat(2 * mebibyte);
    await gateway.publishAsync('meterway/v1/demo/c1/down/plan', plan, { qos: 1, retain: true });
    await expect.poll(() => atCollector).toEqual([plan.length]);
    const closed = new Promise<void>((resolve) => collector.once('close', () => resolve()));
    collector.publish('meterway/v1/demo/c1/up/status', 'x'.repeat(mebibyte), { qos: 1 });
    await closed;
    expect(atGateway).toHaveLength(1);
  });

  it('gives a user eight connections, and a new one for each that ends', async () => {
    const open = await Promise.all(Array.from({ length: 8 }, (_, i) => connect('c1', { clientId: `c1.${i}` })));
    await expect(connect('c1', { clientId: 'c1.8' })).rejects.toThrow(/server unavailable/i);
    await connect('c2');
    const gone = new Promise<void>((resolve) => open[0]?.once('close', () => resolve()));
    open[0]?.end(true);
    await gone;
    await expect.poll(() => connect('c1', { clientId: 'c1.9' }).then(() => 'in', String)).toBe('in');
    await expect(connect('c1', { clientId: 'c1.10' })).rejects.toThrow(/server unavailable/i);
  });

  it('keeps no connection that need not show a sign of life', async () => {
    await connect('c1', { keepalive: 600 });
    for (const keepalive of [0, 601]) await expect(connect('c1', { keepalive })).rejects.toThrow(/refused/i);
  });

  it('grants a collector its own topics out of 10,000 subscriptions, and goes on', async () => {
    const gateway = await connect(GATEWAY_USER);
    const collector = await connect('c1');
    const filters = Array.from({ length: 10_000 }, (_, i) => `meterway/v1/demo/c1/down/f${i}`);
    const own = 'meterway/v1/demo/c1/down/ack';
    const heard = received(collector);
    await collector.subscribeAsync([...filters, own], { qos: 1 }).catch(() => {});
    for (const filter of [...filters.slice(0, 5), own]) await gateway.publishAsync(filter, 'x', { qos: 1 });
    await expect.poll(() => heard).toEqual([own]);
  });

  it('cuts a connection that announces a packet of 200 MB', async () => {
    const socket = connectTcp(broker.port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x5f]));
    await closed;
    expect(logger.lines.some((line) => line.message === 'a connection was cut')).toBe(true);
  });
});

describe("the gateway's client id", () => {
  it('is made once, cannot be guessed, and is one that the broker lets in', async () => {
    const path = scratch('client-id');
    const made = gatewayClientId(path);
    expect(made).toMatch(/^gateway\.[0-9a-f]{16}$/);
    expect(gatewayClientId(path)).toBe(made);
    expect(gatewayClientId(scratch('other-client-id'))).not.toBe(made);
    await connect(GATEWAY_USER, { clientId: made });
  });

  it('is made anew when the file holds nothing of use', () => {
    const path = scratch('damaged-client-id');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'gateway.#\n');
    expect(gatewayClientId(path)).toMatch(/^gateway\.[0-9a-f]{16}$/);
  });
});

describe('access to topics', () => {
  const access = new Access((collector) => DISTRICTS.get(collector));
  const own = 'meterway/v1/demo/c1';

  it('gives a collector its own prefix and nothing else', () => {
    const publish = (topic: string): boolean => access.mayPublish('c1', topic);
    expect([`${own}/up/rows`, `${own}/up/status`].map(publish)).toEqual([true, true]);
    expect(
      [
        `${own}/down/plan`,
        `${own}/down/job`,
        `${own}/up/else`,
        'meterway/v1/demo/c2/up/rows',
        'meterway/v1/other/c1/up/rows',
        '$SYS/x',
      ].map(publish),
    ).toEqual([false, false, false, false, false, false]);
    const subscribe = (filter: string): boolean => access.maySubscribe('c1', filter);
    expect(
      [`${own}/down/ack`, `${own}/down/plan`, `${own}/down/job`, `${own}/up/status`].filter(subscribe),
    ).toHaveLength(4);
    expect(
      [
        '#',
        `${own}/#`,
        `${own}/down/+`,
        'meterway/v1/demo/+/down/ack',
        'meterway/v1/demo/c2/down/ack',
        'meterway/v1/demo/c2/down/job',
        `${own}/up/rows`,
        '$SYS/#',
      ].map(subscribe),
    ).toEqual([false, false, false, false, false, false, false, false]);
  });
});
