import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Registry } from '#contract/registry.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Logger } from '#platform/logger.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import type { MqttOptions } from '#platform/mqtt/options.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { gatewayClientId } from './broker/client-id.ts';
import { Credentials, GATEWAY_USER } from './broker/credentials.ts';
import { startEmbeddedBroker } from './broker/embedded-broker.ts';

export interface Connection {
  readonly mqtt: MqttLink;
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
  const clientId = gatewayClientId(join(dataDir, 'broker', 'client-id'));
  const link = (options: Omit<MqttOptions, 'clientId' | 'session'>): MqttLink => {
    const mqtt = new MqttLink(
      { clientId, session: 'kept', longestWaitMs: settings.mqttReconnectS * 1000, ...options },
      clock,
      logger,
    );
    lifecycle.onStop('mqtt', () => mqtt.close(500));
    return mqtt;
  };
  const files = { ca: settings.mqttCaFile, cert: settings.mqttCertFile, key: settings.mqttKeyFile };
  if (settings.mqttUrl !== '') {
    const { mqttUrl: url, mqttUsername: username, mqttPassword: password, mqttVersion: version } = settings;
    if (username === '' && files.cert === '') {
      throw new MeterwayError(
        'cannot start: METERWAY_MQTT_USERNAME or METERWAY_MQTT_CERT_FILE is needed for the broker in METERWAY_MQTT_URL',
        { code: 'config_invalid' },
      );
    }
    return { mqtt: link({ url, username, password, version, files }), broker: null };
  }
  if (Object.values(files).some((file) => file !== '')) {
    throw new MeterwayError(
      'cannot start: METERWAY_MQTT_CA_FILE, _CERT_FILE and _KEY_FILE are for a broker in METERWAY_MQTT_URL; the embedded one has no TLS',
      { code: 'config_invalid' },
    );
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
  const mqtt = link({
    url: `mqtt://${host}:${broker.port}`,
    username: GATEWAY_USER,
    password: credentials.passwordOf(GATEWAY_USER) ?? '',
  });
  return { mqtt, broker: { host, port: broker.port, credentials: credentials.path } };
}

/** The host of a URL that reaches a server listening on this address: loopback when it listens on all of them. */
export function hostForUrl(listening: string): string {
  if (listening === '' || listening === '0.0.0.0') return '127.0.0.1';
  if (listening === '::') return '[::1]';
  return isIPv6(listening) ? `[${listening}]` : listening;
}
