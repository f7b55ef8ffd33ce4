import mqtt, { type MqttClient } from 'mqtt';
import { topicFilter } from '#contract/topics.ts';
import type { Chain } from './chain.ts';

export interface Recorded {
  readonly topic: string;
  readonly bytes: Buffer;
}

/** The users that a chain's broker knows, besides its collectors. */
export function gatewayUser(chain: Chain): string {
  return chain.mosquitto ? 'gateway' : '$gateway';
}

/** A client of the chain's broker beside its programs; `clientId` as the broker allows it to the user. */
export function connectAs(chain: Chain, user: string, clientId: string): Promise<MqttClient> {
  const access = chain.access(user);
  return mqtt.connectAsync(access['METERWAY_MQTT_URL'] ?? '', {
    username: access['METERWAY_MQTT_USERNAME'] ?? '',
    password: access['METERWAY_MQTT_PASSWORD'] ?? '',
    clientId,
    protocolVersion: 4,
  });
}

/** Keeps every message on `up/rows` from now on. */
export async function record(
  client: MqttClient,
  onMessage: (message: Recorded) => void = () => {},
): Promise<readonly Recorded[]> {
  const recording: Recorded[] = [];
  client.on('message', (topic, bytes) => {
    const message = { topic, bytes };
    recording.push(message);
    onMessage(message);
  });
  await client.subscribeAsync(topicFilter('+', 'up/rows'), { qos: 1 });
  return recording;
}
