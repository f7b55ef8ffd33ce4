import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHANNELS, eventTopic } from '#contract/topics.ts';
import { MOSQUITTO_HERE, Mosquitto, makeCertificates, passwordOf } from '../support/mosquitto.ts';

const COLLECTORS = ['c1', 'c2'];
const USERS = ['gateway', ...COLLECTORS];
const TOPICS = [
  ...COLLECTORS.flatMap((id) => [...CHANNELS, 'up/else', 'else'].map((end) => `meterway/v1/demo/${id}/${end}`)),
  eventTopic('demo'),
];
const WILD = [
  '#',
  '$SYS/#',
  '+/+/+/+/+/+',
  'meterway/v1/#',
  'meterway/v1/demo/+/down/ack',
  'meterway/v1/demo/+/down/job',
  'meterway/v1/demo/c2/#',
];

function mayWrite(user: string, topic: string): boolean {
  return user === 'gateway' || [`${user}/up/rows`, `${user}/up/status`].some((end) => topic.endsWith(end));
}

function mayRead(user: string, topic: string): boolean {
  if (user === 'gateway') return true;
  return ['up/status', 'down/ack', 'down/plan', 'down/job', 'down/replay'].some((end) =>
    topic.endsWith(`/${user}/${end}`),
  );
}

describe.skipIf(!MOSQUITTO_HERE)('Mosquitto with the rules that ship', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-access-'));
  let broker: Mosquitto;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    broker = await Mosquitto.start({ folder, users: [...USERS] });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end(true);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Connected, or rejected with what the broker or TLS said. */
  function connect(options: IClientOptions, port = broker.port): Promise<MqttClient> {
    const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, {
      ca: readFileSync(broker.caFile),
      reconnectPeriod: 0,
      ...options,
    });
    clients.push(client);
    return new Promise((resolve, reject) => {
      client.once('connect', () => resolve(client));
      client.stream.once('error', reject);
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed')));
    });
  }

  const withPassword = (user: string): Promise<MqttClient> =>
    connect({ clientId: `${user}.1`, username: user, password: passwordOf(user) });

  const withCertificate = (user: string, options: IClientOptions = {}): Promise<MqttClient> =>
    connect(
      { clientId: `${user}.1`, ...pairOf(join(broker.folder, 'secrets'), user), ...options },
      broker.certificatePort,
    );

  function pairOf(secrets: string, user: string): { cert: Buffer; key: Buffer } {
    const file = (kind: string): Buffer => readFileSync(join(secrets, 'users', `${user}.${kind}`));
    return { cert: file('crt'), key: file('key') };
  }

  async function topicsReceived(client: MqttClient, filters: readonly string[]): Promise<Set<string>> {
    const topics = new Set<string>();
    client.on('message', (topic, _, { retain }) => void (retain || topics.add(topic)));
    await client.subscribeAsync([...filters], { qos: 1 }).catch(() => {});
    return topics;
  }

  /** Resolves when everything that the broker takes from this client has come to that one. */
  async function settled(from: MqttClient, to: MqttClient, topic: string): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      to.on('message', (name, payload) => name === topic && payload.toString() === 'last' && resolve());
    });
    await from.publishAsync(topic, 'last', { qos: 1 });
    await heard;
  }

  describe.each([
    ['password', withPassword],
    ['certificate', withCertificate],
  ] as const)('with a %s', (_, connectAs) => {
    it.each(USERS)('takes from %s what is its to say, and nothing else', async (user) => {
      const gateway = await connect({ clientId: 'gateway.2', username: 'gateway', password: passwordOf('gateway') });
      const heard = await topicsReceived(gateway, ['meterway/v1/#']);
      const client = await connectAs(user);
      for (const topic of TOPICS) await client.publishAsync(topic, user, { qos: 1 });
      await settled(client, gateway, `meterway/v1/demo/${user === 'gateway' ? 'c1' : user}/up/rows`);
      expect([...heard].toSorted()).toEqual(TOPICS.filter((topic) => mayWrite(user, topic)).toSorted());
    });

    it.each(USERS)('gives %s what is its to hear, also when it asks for more', async (user) => {
      const client = await connectAs(user);
      const heard = await topicsReceived(client, [...TOPICS, ...WILD]);
      const gateway = await connect({ clientId: 'gateway.2', username: 'gateway', password: passwordOf('gateway') });
      for (const topic of TOPICS) await gateway.publishAsync(topic, 'x', { qos: 1 });
      await settled(gateway, client, `meterway/v1/demo/${user === 'gateway' ? 'c1' : user}/down/ack`);
      expect([...heard].toSorted()).toEqual(TOPICS.filter((topic) => mayRead(user, topic)).toSorted());
    });
  });

  it('gives nothing to a client id that would widen a rule', async () => {
    const gateway = await withPassword('gateway');
    const heard = await topicsReceived(gateway, ['meterway/v1/#']);
    for (const clientId of ['c1.+', 'c1.#']) {
      const client = await connect({ clientId, username: 'c1', password: passwordOf('c1') });
      await client.publishAsync('meterway/v1/demo/c1/up/rows', clientId, { qos: 1 });
    }
    const honest = await withPassword('c2');
    await settled(honest, gateway, 'meterway/v1/demo/c2/up/rows');
    expect([...heard]).toEqual(['meterway/v1/demo/c2/up/rows']);
  });

  it.each(['+', 'c1/#'])('gives nothing to a user called %s', async (name) => {
    const own = mkdtempSync(join(tmpdir(), 'meterway-access-'));
    const wild = await Mosquitto.start({ folder: own, tls: false, users: ['gateway', 'c1', name] });
    try {
      const at = `mqtt://127.0.0.1:${wild.port}`;
      const open = async (username: string): Promise<MqttClient> => {
        const client = await mqtt.connectAsync(at, { username, password: passwordOf(username), reconnectPeriod: 0 });
        clients.push(client);
        return client;
      };
      const gateway = await open('gateway');
      const atGateway = await topicsReceived(gateway, ['meterway/v1/#']);
      const stranger = await open(name);
      const atStranger = await topicsReceived(stranger, [...TOPICS, ...WILD]);
      for (const topic of TOPICS) await stranger.publishAsync(topic, 'x', { qos: 1 });
      const honest = await open('c1');
      await settled(honest, gateway, 'meterway/v1/demo/c1/up/rows');
      expect([...atGateway]).toEqual(['meterway/v1/demo/c1/up/rows']);
      expect([...atStranger]).toEqual([]);
    } finally {
      await wild.stop();
      rmSync(own, { recursive: true, force: true });
    }
  });

  it('believes the certificate, not the user name that comes with it', async () => {
    const gateway = await withPassword('gateway');
    const heard = await topicsReceived(gateway, ['meterway/v1/#']);
    const client = await withCertificate('c1', { username: 'gateway', password: passwordOf('gateway') });
    await client.publishAsync('meterway/v1/demo/c2/up/rows', 'forged', { qos: 1 });
    await settled(client, gateway, 'meterway/v1/demo/c1/up/rows');
    expect([...heard]).toEqual(['meterway/v1/demo/c1/up/rows']);
  });

  it('lets nobody in without a password, nor by the other door without a certificate of its own authority', async () => {
    await expect(connect({ clientId: 'c1.1' })).rejects.toThrow(/not authorized/i);
    await expect(connect({ clientId: 'c1.1', username: 'c1', password: 'guess' })).rejects.toThrow(/not authorized/i);
    const known = { clientId: 'c1.1', username: 'c1', password: passwordOf('c1') };
    await expect(connect(known, broker.certificatePort)).rejects.toThrow(/certificate required|closed/i);
    const foreign = join(folder, 'foreign');
    makeCertificates(foreign, 'localhost', ['c1']);
    await expect(connect({ ...known, ...pairOf(foreign, 'c1') }, broker.certificatePort)).rejects.toThrow(
      /unknown ca|closed/i,
    );
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(connect({ clientId: 'c1.1', ...old } as IClientOptions)).rejects.toThrow(/alert protocol version/i);
  });
});
