import type { Ack } from '#contract/ack.ts';
import type { Registry } from '#contract/registry.ts';
import { topic } from '#contract/topics.ts';
import type { MqttPort } from '#platform/mqtt.ts';

/**
 * Tells every collector again how far it is committed: a broker that lost its data has lost the retained acks with it,
 * and one that dropped what waited for the gateway leaves gaps that only an ack names. Rejects when the connection ends
 * meanwhile; the next one begins anew.
 */
export async function publishAcks(
  acks: Iterable<{ readonly collector: string; readonly ack: Ack }>,
  registry: Registry,
  mqtt: Pick<MqttPort, 'publish'>,
): Promise<void> {
  const districts = new Map(registry.collectors.map(({ id, district }) => [id, district]));
  for (const { collector, ack } of acks) {
    const district = districts.get(collector);
    if (district === undefined) continue;
    await mqtt.publish(topic(district, collector, 'down/ack'), JSON.stringify(ack), { retain: true });
  }
}
