import type { Aedes, Client } from 'aedes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import type { MqttOptions } from '#platform/mqtt/options.ts';
import { matches } from '#platform/mqtt.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { openLink, startBroker } from './brokers.ts';

let aedes: Aedes;
let listener: Awaited<ReturnType<typeof startBroker>>['listener'];
let clock: ManualClock;
const links: MqttLink[] = [];

beforeEach(async () => {
  clock = new ManualClock(0);
  ({ aedes, listener } = await startBroker({
    authenticate: (_client, _user, password, done) => done(null, password?.toString() === 'open sesame'),
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.startsWith('secret') ? null : subscription),
  }));
});

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close(1000)));
  await listener.close();
  await new Promise<void>((resolve) => aedes.close(resolve));
});

/** A condition that a slow machine may take its time for. */
function soon<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 5000 });
}

async function connected(options: Partial<MqttOptions> = {}): Promise<ReturnType<typeof openLink>> {
  const opened = openLink(listener.port, clock, options);
  links.push(opened.link);
  await soon(() => opened.states.at(-1)).toBe(true);
  return opened;
}

/** Subscribes, and resolves when the broker has taken it. */
async function received(link: MqttLink, filter: string): Promise<string[]> {
  const messages: string[] = [];
  const taken = new Promise((resolve) => aedes.once('subscribe', resolve));
  link.subscribe(filter, (topic, payload) => void messages.push(`${topic} ${Buffer.from(payload)}`));
  await taken;
  return messages;
}

describe('a link', () => {
  it('says its state at once and then each change', async () => {
    const { states } = await connected();
    expect(states).toEqual([false, true]);
  });

  it.each([
    ['kept', false],
    ['new', true],
  ] as const)('asks the broker for a %s session', async (session, clean) => {
    const clients: Client[] = [];
    aedes.on('client', (client) => clients.push(client));
    await connected({ session });
    expect(clients).toMatchObject([{ clean }]);
  });

  it('sends and subscribes with QoS 1, as a client of MQTT 3.1.1', async () => {
    const clients: Client[] = [];
    const qos: unknown[] = [];
    aedes.on('client', (client) => clients.push(client));
    aedes.on('subscribe', (subscriptions) => qos.push(...subscriptions.map((each) => each.qos)));
    aedes.on('publish', (packet, client) => void (client && qos.push(packet.qos)));
    const { link } = await connected();
    const messages = await received(link, 'a/+');
    await link.publish('a/b', '台区');
    await soon(() => messages).toEqual(['a/b 台区']);
    expect(qos).toEqual([1, 1]);
    expect(clients).toMatchObject([{ id: 'c1', version: 4 }]);
  });

  it('leaves a retained message to whoever comes later, and no other', async () => {
    const { link } = await connected();
    await link.publish('plan/old', 'kept', { retain: true });
    await link.publish('plan/new', 'gone');
    const messages = await received((await connected({ clientId: 'later' })).link, 'plan/#');
    await link.publish('plan/end', 'end');
    await soon(() => messages).toEqual(['plan/old kept', 'plan/end end']);
  });

  it('that is cut leaves its last will, retained', async () => {
    const will = { topic: 'status/c1', payload: 'lost' };
    const messages = await received((await connected({ clientId: 'watcher' })).link, 'status/+');
    await connected({ will });
    listener.sockets.at(-1)?.destroy();
    await soon(() => messages).toEqual(['status/c1 lost']);
    const later = await received((await connected({ clientId: 'later' })).link, 'status/+');
    await soon(() => later).toEqual(['status/c1 lost']);
  });

  it('that closes leaves no last will, and sends nothing any more', async () => {
    const watcher = await connected({ clientId: 'watcher' });
    const messages = await received(watcher.link, 'status/+');
    const { link, states } = await connected({ will: { topic: 'status/c1', payload: 'lost' } });
    await link.close(1000);
    expect(states).toEqual([false, true, false]);
    await expect(link.publish('status/c1', 'late')).rejects.toMatchObject({ code: 'mqtt_offline' });
    await watcher.link.publish('status/end', 'end');
    await soon(() => messages).toEqual(['status/end end']);
    expect(clock.waiting).toEqual([]);
  });

  it('keeps no timer for a message that was acknowledged', async () => {
    const { link } = await connected();
    await link.publish('a', 'x');
    expect(clock.waiting).toEqual([]);
  });

  it('says when the broker refuses a subscription', async () => {
    const { link, logger } = await connected();
    link.subscribe('secret/#', () => {});
    await soon(() => logger.lines).toMatchObject([
      {
        level: 'error',
        message: 'cannot subscribe',
        fields: { filter: 'secret/#', why: expect.stringMatching(/^Subscribe error/) },
      },
    ]);
  });

  it('that is not let in says so by host and port, without user and password', async () => {
    const url = `mqtt://meter:wrong-word@127.0.0.1:${listener.port}/`;
    const { link, logger, states } = openLink(listener.port, clock, { url });
    links.push(link);
    await soon(() => logger.lines.length).toBeGreaterThan(0);
    expect(logger.lines[0]).toMatchObject({
      level: 'warn',
      message: 'cannot reach the broker',
      fields: {
        broker: `127.0.0.1:${listener.port}`,
        failure: 'not_authorised',
        detail: expect.stringMatching(/not authorized/i),
      },
    });
    expect(JSON.stringify(logger.lines)).not.toContain('wrong-word');
    expect(states).toEqual([false]);
  });
});

describe('the messages of a link', () => {
  it('say whether they were retained: only those that were there before the subscription', async () => {
    const sender = (await connected({ clientId: 'sender' })).link;
    await sender.publish('status/a', 'before', { retain: true });
    const { link } = await connected();
    const messages: string[] = [];
    link.subscribe('status/#', (_topic, payload, retained) => {
      messages.push(`${Buffer.from(payload)} ${retained ? 'retained' : 'live'}`);
    });
    await soon(() => messages).toEqual(['before retained']);
    await sender.publish('status/a', 'after', { retain: true });
    await soon(() => messages).toEqual(['before retained', 'after live']);
  });

  it('are handled one at a time, each after the one before it', async () => {
    const { link } = await connected();
    const sender = (await connected({ clientId: 'sender' })).link;
    const steps: string[] = [];
    const first = Promise.withResolvers<void>();
    link.subscribe('a', async (_topic, payload) => {
      const text = Buffer.from(payload).toString();
      steps.push(`${text} begins`);
      if (text === '1') await first.promise;
      steps.push(`${text} ends`);
    });
    const witness = await received(sender, 'a');
    await sender.publish('a', '1');
    await sender.publish('a', '2');
    await soon(() => witness).toEqual(['a 1', 'a 2']);
    await sender.publish('b', 'when this is acknowledged, the second message has long been there');
    expect(steps).toEqual(['1 begins']);
    first.resolve();
    await soon(() => steps).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  it('go on after one whose handler failed', async () => {
    const { link, logger } = await connected();
    const messages: string[] = [];
    const err = new Error('cannot parse');
    link.subscribe('a', (_topic, payload) => {
      if (Buffer.from(payload).toString() === 'bad') throw err;
      messages.push(Buffer.from(payload).toString());
    });
    await link.publish('a', 'bad');
    await link.publish('a', 'good');
    await soon(() => messages).toEqual(['good']);
    expect(logger.lines).toEqual([{ level: 'error', message: 'cannot handle a message', fields: { topic: 'a', err } }]);
  });

  it('are reported when handling one takes long', async () => {
    const { link, logger } = await connected();
    const sender = (await connected({ clientId: 'sender' })).link;
    const handled: string[] = [];
    link.subscribe('work/+', async (topic) => {
      await clock.sleep(topic, topic === 'work/short' ? 7500 : 7501);
      handled.push(topic);
    });
    for (const topic of ['work/short', 'work/long']) {
      await sender.publish(topic, '');
      await soon(() => clock.waiting).toEqual([topic]);
      await clock.advance(7501);
    }
    await soon(() => logger.lines.length).toBe(1);
    expect(handled).toEqual(['work/short', 'work/long']);
    expect(logger.lines).toEqual([
      { level: 'warn', message: 'a message took long to handle', fields: { topic: 'work/long', tookMs: 7501 } },
    ]);
  });
});

describe('the URL of a broker', () => {
  it.each([
    '',
    'broker.example:1883',
    'http://broker.example',
    'ws://broker.example',
    'mqtt:broker.example',
    'mqtt://',
    'mqtt:///var/run/mqtt',
    'mqtt://broker.example:port',
    'mqtt://broker.example:70000',
    'mqtt://user:pass/word@broker.example',
    'mqtt://user:1883/word@broker.example',
    'mqtt://user:1883#word@broker.example',
    'mqtt://user:1883?word@broker.example',
    'mqtt://broker.example/topic',
    'mqtt://broker.example?clientId=other',
  ])('cannot be %j, which is not repeated', (url) => {
    const options = { url, clientId: 'c', session: 'new', username: '', password: '' } as const;
    const open = (): MqttLink => new MqttLink(options, clock, quietLogger());
    expect(open).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        next: 'stop',
        message: 'cannot use METERWAY_MQTT_URL: it must be mqtt://host:port or mqtts://host:port',
      }),
    );
  });
});

it.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/b', 'a', false],
  ['a', 'a/b', false],
  ['a/+/c', 'a/b/c', true],
  ['a/+/c', 'a/b/d', false],
  ['+', 'a/b', false],
  ['a/+', 'a/', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['#', 'a/b', true],
  ['a/#', 'b/a', false],
  ['a/+/#', 'a', false],
])('the filter %s takes %s: %s', (filter, topic, taken) => {
  expect(matches(filter, topic)).toBe(taken);
});
