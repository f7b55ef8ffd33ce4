import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Lifecycle } from '#platform/lifecycle.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { connectToBroker, hostForUrl } from '../../gateway/connection.ts';
import { eventually } from '../support/centre.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { registry } from './domain/site.ts';

it.each([
  [{ METERWAY_MQTT_CA_FILE: 'ca.crt' }, 'are for a broker in METERWAY_MQTT_URL; the embedded one has no TLS'],
  [{ METERWAY_MQTT_URL: 'mqtts://broker.example' }, 'METERWAY_MQTT_USERNAME or METERWAY_MQTT_CERT_FILE is needed'],
])('a gateway with %o is refused, with what would be right', async (environment, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-connection-'));
  const logger = quietLogger();
  const parts = { clock: systemClock(), logger, lifecycle: new Lifecycle(logger) };
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const connecting = connectToBroker(loadSettings(environment), folder, registry(), parts);
  await expect(connecting).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining(message),
  });
});

describe('the embedded broker', () => {
  it.each([
    ['127.0.0.2', '127.0.0.2'],
    ['0.0.0.0', '127.0.0.1'],
  ])('that listens on %s is reached at %s', async (brokerHost, host) => {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-connection-'));
    const logger = quietLogger();
    const lifecycle = new Lifecycle(logger);
    onTestFinished(async () => {
      await lifecycle.stop('the test is over');
      rmSync(folder, { recursive: true });
    });
    const settings = loadSettings({ METERWAY_BROKER_HOST: brokerHost });
    const parts = { clock: systemClock(), logger, lifecycle };
    const { mqtt, broker } = await connectToBroker(settings, folder, registry(), parts);
    expect(broker).toMatchObject({ host });
    let connected = false;
    mqtt.onState((state) => {
      connected = state;
    });
    await eventually(() => connected);
  });

  it('is named in a URL by an address that reaches it', () => {
    expect(['', '0.0.0.0', '::', '::1', 'fe80::1', '10.0.0.7', 'broker.local'].map(hostForUrl)).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '[::1]',
      '[::1]',
      '[fe80::1]',
      '10.0.0.7',
      'broker.local',
    ]);
  });
});
