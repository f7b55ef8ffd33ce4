import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics } from '#platform/metrics.ts';
import { explain } from '#platform/mqtt/failure.ts';
import { observeMqtt } from '#platform/mqtt/mqtt-metrics.ts';
import type { MqttOptions } from '#platform/mqtt/options.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { openLink, startBroker, startScriptedBroker } from './brokers.ts';

/** The answers of a broker to CONNECT: MQTT 3.1.1 and 5, section 3.2. */
const TAKEN_3 = [0x20, 2, 0, 0];
const TAKEN_5 = [0x20, 3, 0, 0, 0];
const refused3 = (code: number): number[] => [0x20, 2, 0, code];
const refused5 = (code: number): number[] => [0x20, 3, 0, code, 0];
const CLOSE: number[] = [];

type Opened = ReturnType<typeof openLink> & { clock: ManualClock };

function opened(port: number, options: Partial<MqttOptions>, random?: () => number): Opened {
  const clock = new ManualClock(Date.UTC(2026, 10, 20));
  const link = openLink(port, clock, options, random);
  onTestFinished(async () => {
    const closed = link.link.close(1);
    await clock.advance(1);
    await closed;
  });
  return { ...link, clock };
}

async function scripted(
  answers: readonly (readonly number[])[],
): Promise<Awaited<ReturnType<typeof startScriptedBroker>>> {
  const broker = await startScriptedBroker(answers);
  onTestFinished(() => broker.listener.close());
  return broker;
}

/** Lets waits pass until the condition holds. */
function within({ clock }: Opened, read: () => unknown, stepMs = 500): ReturnType<typeof expect.poll> {
  return expect.poll(
    async () => {
      await clock.advance(stepMs);
      return read();
    },
    { timeout: 5000, interval: 10 },
  );
}

describe('a link that may choose its version', () => {
  it('speaks 3.1.1 to the embedded broker, at once', async () => {
    const { aedes, listener } = await startBroker();
    onTestFinished(async () => {
      await listener.close();
      await new Promise<void>((resolve) => aedes.close(resolve));
    });
    const one = opened(listener.port, { version: 'auto' });
    await expect.poll(() => one.states.at(-1), { timeout: 5000 }).toBe(true);
    expect(one.clock.mono()).toBe(0);
    expect(one.logger.lines).toEqual([]);
  });

  it.each([
    ['CONNACK 1', refused3(1)],
    ['CONNACK 0x84', refused5(0x84)],
    ['nothing', CLOSE],
  ])('tries 5 first, 3.1.1 when the answer is %s, and remembers what worked', async (_, answer) => {
    const broker = await scripted([answer, TAKEN_3, TAKEN_3]);
    const one = opened(broker.listener.port, { version: 'auto' });
    await within(one, () => one.states.at(-1)).toBe(true);
    broker.listener.cut();
    await within(one, () => one.link.counts.connections).toBe(2);
    expect(broker.versions).toEqual([5, 4, 4]);
  });

  it('stays with 5 where it worked, also when the broker then hangs up', async () => {
    const broker = await scripted([TAKEN_5, CLOSE, TAKEN_5]);
    const one = opened(broker.listener.port, { version: 'auto' });
    await within(one, () => one.states.at(-1)).toBe(true);
    broker.listener.cut();
    await within(one, () => one.link.counts.connections).toBe(2);
    expect(broker.versions).toEqual([5, 5, 5]);
  });

  it('that was told 3.1.1 says so when the broker wants another, and changes nothing', async () => {
    const broker = await scripted([refused3(1), refused3(1), TAKEN_3]);
    const one = opened(broker.listener.port, { version: '3.1.1' });
    await within(one, () => one.link.counts.connections).toBe(1);
    expect(broker.versions).toEqual([4, 4, 4]);
    expect(one.logger.lines[0]?.fields).toMatchObject({
      failure: 'version',
      remedy: expect.stringContaining('METERWAY_MQTT_VERSION'),
    });
  });
});

describe('a link that is refused', () => {
  it.each([
    ['3.1.1', refused3(3), TAKEN_3],
    ['5', refused5(0x88), TAKEN_5],
  ] as const)('by a broker that is not available tries until it is, in MQTT %s', async (version, answer, taken) => {
    const broker = await scripted([answer, answer, answer, taken]);
    const one = opened(broker.listener.port, { version });
    await within(one, () => one.states.at(-1)).toBe(true);
    expect(one.logger.lines.map(({ fields }) => fields)).toMatchObject(
      [500, 1000, 2000].map((waitMs) => ({ failure: 'unavailable', waitMs })),
    );
    expect([...one.link.counts.failures]).toEqual([['unavailable', 3]]);
  });

  it('waits longer each time, up to a cap, and each time another stretch', async () => {
    const broker = await scripted(Array.from({ length: 9 }, () => refused3(5)));
    const draws = [0, 0.999, 0.5, 0, 0.25, 0.999, 0];
    let drawn = 0;
    const one = opened(broker.listener.port, {}, () => draws[drawn++] ?? 0);
    const waits = (): unknown[] => one.logger.lines.map(({ fields }) => (fields as { waitMs: number }).waitMs);
    await within(one, () => waits().length, 5000).toBeGreaterThanOrEqual(7);
    expect(waits().slice(0, 7)).toEqual([500, 2998, 4000, 4000, 7500, 14_990, 5000]);
  });

  it('after a good connection begins with a short wait, after a short one goes on growing', async () => {
    const broker = await scripted([refused3(3), refused3(3), TAKEN_3, TAKEN_3]);
    const one = opened(broker.listener.port, { session: 'new' });
    await within(one, () => one.states.at(-1)).toBe(true);
    broker.listener.cut();
    await within(one, () => one.link.counts.connections).toBe(2);
    await one.clock.advance(10_000);
    broker.listener.cut();
    await within(one, () => one.logger.lines.length).toBeGreaterThanOrEqual(4);
    const waits = one.logger.lines.map(({ fields }) => (fields as { waitMs: number }).waitMs);
    expect(waits.slice(0, 4)).toEqual([500, 1000, 2000, 500]);
  });
});

describe('a link', () => {
  it.each([
    ['kept', [0x11, 0, 9, 0x3a, 0x80]],
    ['new', [0x11, 0, 0, 0, 0]],
  ] as const)(
    'asks a broker of MQTT 5 for a %s session for a week, or none, and for a window',
    async (session, expiry) => {
      const broker = await scripted([TAKEN_5]);
      const one = opened(broker.listener.port, { version: '5', session });
      await within(one, () => one.states.at(-1)).toBe(true);
      const [connect = Buffer.alloc(0)] = broker.connects;
      expect(connect.includes(Buffer.from(expiry))).toBe(true);
      expect(connect.includes(Buffer.from([0x21, 0, 100]))).toBe(true);
    },
  );

  it('counts and tells a kept session that is gone, but neither the first nor a new one', async () => {
    for (const [session, lost] of [
      ['kept', 1],
      ['new', 0],
    ] as const) {
      const broker = await scripted([TAKEN_3, [0x20, 2, 1, 0], TAKEN_3]);
      const one = opened(broker.listener.port, { session });
      for (const count of [1, 2, 3]) {
        await within(one, () => one.link.counts.connections).toBe(count);
        if (count < 3) broker.listener.cut();
      }
      expect(one.link.counts.sessionsLost).toBe(lost);
      expect(one.logger.lines.filter(({ message }) => message.includes('forgotten the session'))).toHaveLength(lost);
    }
  });

  it('has no more on the way than a broker of MQTT 5 takes, and sends the rest in order', async () => {
    const broker = await scripted([[0x20, 6, 0, 0, 3, 0x21, 0, 2]]);
    const one = opened(broker.listener.port, { version: '5' });
    await within(one, () => one.states.at(-1)).toBe(true);
    const sent = ['1', '2', '3', '4'].map((payload) => one.link.publish('rows', payload));
    await expect.poll(() => broker.payloads()).toEqual(['1', '2']);
    broker.acknowledge();
    await expect.poll(() => broker.payloads()).toEqual(['1', '2', '3', '4']);
    broker.acknowledge();
    await Promise.all(sent);
    expect(one.clock.waiting).toEqual([]);
  });

  it('shows in the metrics how it fares', async () => {
    const broker = await scripted([refused3(4), TAKEN_3]);
    const one = opened(broker.listener.port, {});
    const metrics = new Metrics({ process: 'p', runtime: false });
    observeMqtt(metrics, one.link);
    await within(one, () => one.states.at(-1)).toBe(true);
    for (const text of [await metrics.text(), await metrics.text()]) {
      expect(text).toContain('meterway_mqtt_connected{process="p"} 1');
      expect(text).toContain('meterway_mqtt_connections_total{process="p"} 1');
      expect(text).toContain('meterway_mqtt_failures_total{reason="password",process="p"} 1');
    }
  });
});

it.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'broker_untrusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'broker_name'],
  ['CERT_HAS_EXPIRED', 'broker_expired'],
  ['CERT_NOT_YET_VALID', 'broker_expired'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'own_certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'own_certificate'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'own_certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls'],
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['ECONNRESET', 'closed'],
  ['EMFILE', 'other'],
])('the error %s is told as %s', (code, failure) => {
  expect(explain(Object.assign(new Error('…'), { code }), true)).toMatchObject({ failure });
});
