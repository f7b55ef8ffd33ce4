import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Registry } from '#contract/registry.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Logger } from '#platform/logger.ts';
import { MqttLink, type MqttPort } from '#platform/mqtt.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { Credentials, GATEWAY_USER } from './broker/credentials.ts';
import { startEmbeddedBroker } from './broker/embedded-broker.ts';

export interface Connection {
  readonly mqtt: MqttPort;
  /**
   * Where programs of this machine reach the embedded broker, and its password file; null with a broker of its own. The
   * host is written as in a URL.
   */
  readonly broker: { readonly host: string; readonly port: number; readonly credentials: string } | null;
}

/** Connects to the broker that the settings name, or to the embedded one, which it then starts first. */
export async function connectToBroker(
  settings: Settings,
  dataDir: string,
  registry: Registry,
  parts: { clock: Clock; logger: Logger; lifecycle: Lifecycle },
): Promise<Connection> {
  const { clock, logger, lifecycle } = parts;
  const link = (url: string, username: string, password: string): MqttPort => {
    const mqtt = new MqttLink({ url, clientId: 'gateway', session: 'kept', username, password }, clock, logger);
    lifecycle.onStop('mqtt', () => mqtt.close(500));
    return mqtt;
  };
  if (settings.mqttUrl !== '') {
    if (settings.mqttUsername === '') {
      throw new MeterwayError('cannot start: METERWAY_MQTT_USERNAME is needed for the broker in METERWAY_MQTT_URL', {
        code: 'config_invalid',
      });
    }
    return { mqtt: link(settings.mqttUrl, settings.mqttUsername, settings.mqttPassword), broker: null };
  }
  const districts = new Map(registry.collectors.map(({ id, district }) => [id, district]));
  const users = [GATEWAY_USER, ...districts.keys()];
  const credentials = Credentials.ensure(join(dataDir, 'broker', 'credentials.json'), users);
  const broker = await startEmbeddedBroker({
    host: settings.brokerHost,
    port: settings.brokerPort,
    credentials,
    districtOf: (collector) => districts.get(collector),
    logger,
  });
  lifecycle.onStop('broker', () => broker.close());
  logger.info({ host: settings.brokerHost, port: broker.port }, 'the embedded broker is listening');
  const host = hostForUrl(settings.brokerHost);
  const mqtt = link(`mqtt://${host}:${broker.port}`, GATEWAY_USER, credentials.passwordOf(GATEWAY_USER) ?? '');
  return { mqtt, broker: { host, port: broker.port, credentials: credentials.path } };
}

/** The host of a URL that reaches a server listening on this address: loopback when it listens on all of them. */
export function hostForUrl(listening: string): string {
  if (listening === '' || listening === '0.0.0.0') return '127.0.0.1';
  if (listening === '::') return '[::1]';
  return isIPv6(listening) ? `[${listening}]` : listening;
}
