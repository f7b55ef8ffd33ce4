import { expect, it } from 'vitest';
import { publishAcks } from '../../../gateway/ingest/publish-acks.ts';
import { envelope, registers, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { MemoryMqtt } from '../../support/memory-mqtt.ts';
import { SITE } from './site.ts';

const { start, place } = centresOf(SITE);

function connected(): MemoryMqtt {
  const mqtt = new MemoryMqtt();
  mqtt.connection(true);
  return mqtt;
}

it('every collector of the site is told again how far it is committed, with the newest epoch retained', async () => {
  const at = place();
  const before = await start(at);
  await before.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
  await before.commit('c2', envelope(3, [registers(['x1', SLOT, 7000])]));
  await before.commit('stranger', envelope(1, [registers(['m1', SLOT, 5000])]));
  await before.stop();
  const centre = await start(at);
  await centre.commit('c1', envelope(1, [registers(['m2', SLOT, 5000])], { epoch: 'e2' }));
  const mqtt = connected();
  await publishAcks(centre.ingest.acks(), SITE, mqtt);
  expect(mqtt.published.map(({ topic, payload, retain }) => [topic, JSON.parse(payload), retain])).toEqual([
    ['meterway/v1/d1/c1/down/ack', { v: 1, epoch: 'e1', upTo: 1, seen: 1, gaps: [] }, true],
    ['meterway/v1/d1/c2/down/ack', { v: 1, epoch: 'e1', upTo: 0, seen: 3, gaps: [[1, 2]] }, true],
    ['meterway/v1/d1/c1/down/ack', { v: 1, epoch: 'e2', upTo: 1, seen: 1, gaps: [] }, true],
  ]);
});

it('what is committed while the acks are repeated is not taken back by an older one', async () => {
  const centre = await start(place());
  await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
  await centre.commit('c2', envelope(1, [registers(['x1', SLOT, 7000])]));
  const mqtt = connected();
  const publish = mqtt.publish.bind(mqtt);
  mqtt.publish = async (...message) => {
    await publish(...message);
    if (mqtt.published.length === 1) await centre.commit('c2', envelope(2, [registers(['x1', SLOT + 900_000, 7100])]));
  };
  await publishAcks(centre.ingest.acks(), SITE, mqtt);
  expect(mqtt.sent<{ upTo: number }>('c2/down/ack').map(({ upTo }) => upTo)).toEqual([2]);
});

it('a connection that ends meanwhile ends it', async () => {
  const centre = await start(place());
  await centre.commit('c1', envelope(1, [registers(['m1', SLOT, 5000])]));
  await expect(publishAcks(centre.ingest.acks(), SITE, new MemoryMqtt())).rejects.toMatchObject({
    code: 'mqtt_offline',
  });
});
