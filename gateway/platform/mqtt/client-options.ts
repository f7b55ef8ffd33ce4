import type { SecureContextOptions } from 'node:tls';
import { type IClientOptions, UniqueMessageIdProvider } from 'mqtt';
import type { MqttOptions } from './options.ts';
import type { TlsMaterial } from './tls-files.ts';
import type { ProtocolVersion } from './version-choice.ts';

export const KEEPALIVE_S = 30;
/** For as long a broker of MQTT 5 keeps what waits for the gateway; with 3.1.1 the broker decides. */
const SESSION_EXPIRY_S = 7 * 86_400;
/** Messages that a broker of MQTT 5 may have on the way to one client, not yet acknowledged. */
const RECEIVE_MAXIMUM = 100;

/** Options of one connection; the library makes no second one by itself. */
export function clientOptions(
  options: MqttOptions,
  version: ProtocolVersion,
  material: TlsMaterial,
): IClientOptions & SecureContextOptions {
  const isNew = options.session === 'new';
  return {
    protocolVersion: version,
    clientId: options.clientId,
    username: options.username,
    password: options.password,
    clean: isNew,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    resubscribe: false,
    queueQoSZero: false,
    messageIdProvider: new UniqueMessageIdProvider(),
    ...(version === 5
      ? { properties: { sessionExpiryInterval: isNew ? 0 : SESSION_EXPIRY_S, receiveMaximum: RECEIVE_MAXIMUM } }
      : {}),
    ...(options.will
      ? { will: { topic: options.will.topic, payload: Buffer.from(options.will.payload), qos: 1, retain: true } }
      : {}),
    ...material,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  };
}
