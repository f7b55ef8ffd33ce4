import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'vitest';
import { topic } from '#contract/topics.ts';
import { Chain, type ChainOptions } from '../support/chain.ts';
import { connectAs, gatewayUser, record } from '../support/chain-post.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { MOSQUITTO_HERE } from '../support/mosquitto.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { readSpool } from '../support/spool-book.ts';
import { eventually } from '../support/standalone.ts';

let chain: Chain | null = null;
afterEach(async () => {
  await chain?.clean();
  chain = null;
});

async function start(options: ChainOptions): Promise<Chain> {
  chain = await Chain.start({ broker: 'mosquitto', ...options });
  return chain;
}

/** Waits until the collector has written down so many records more; nobody needs to take them. */
async function collected(of: Chain, records: number): Promise<void> {
  const lastSeq = (): number => readSpool(of.dataDir, 'c1', of.registry.timeZone).lastSeq;
  const goal = lastSeq() + records;
  await eventually(`${records} records more are in the spool`, 120_000, () => lastSeq() >= goal);
}

describe.skipIf(!MOSQUITTO_HERE)('a real broker that cannot be trusted', () => {
  it('is killed in the middle of bursts and comes back without its database, several times', async () => {
    const seed = testSeed();
    tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const running = await start({ load: { days: 8, replyMs: 8 } });
    for (let round = 0; round < 6; round++) {
      await sleep(random() * 1500);
      await running.kill('broker');
      if (round % 3 !== 2) running.mosquitto?.forget();
      // A burst waits for it when it is back.
      await collected(running, Math.ceil(random() * 300));
      await running.start('broker');
      tell(`broker back; committing again after ${seconds(await running.progress(60_000))}`);
    }
    await expectSound(running, 240_000);
  }, 600_000);

  it('loses what it has acknowledged, because its queue is full while the gateway is away', async () => {
    const running = await start({ load: { days: 8, replyMs: 4 }, mosquitto: { max_queued_messages: 3 } });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await running.kill('gateway', signal);
      await collected(running, 1500);
      await running.start('gateway');
      tell(`gateway back after ${signal}; committing again after ${seconds(await running.progress(60_000))}`);
    }
    await expectSound(running, 240_000);
  }, 600_000);

  it('keeps old messages, acks of other epochs and acks of long ago for whoever subscribes', async () => {
    const running = await start({ load: { days: 4, replyMs: 4 } });
    const ofGateway = await connectAs(running, gatewayUser(running), 'gateway-historian');
    const ofCollector = await connectAs(running, 'c1', 'c1.historian');
    try {
      const recording = await record(ofGateway);
      await eventually('something is recorded', 60_000, () => recording.length > 10);
      const { epoch, lastSeq } = readSpool(running.dataDir, 'c1', running.registry.timeZone);
      const [old] = recording;
      await ofCollector.publishAsync(old?.topic ?? '', old?.bytes ?? '', { qos: 1, retain: true });
      const acks = [
        { v: 1, epoch: 'another', upTo: lastSeq + 1000, seen: lastSeq + 1000, gaps: [] },
        { v: 1, epoch, upTo: 1, seen: 1, gaps: [] },
      ];
      for (const ack of acks) {
        for (const name of ['c1', 'gateway']) await running.kill(name);
        await ofGateway.publishAsync(topic('demo', 'c1', 'down/ack'), JSON.stringify(ack), { qos: 1, retain: true });
        for (const name of ['gateway', 'c1']) await running.start(name);
        tell(`ack of ${ack.upTo} is retained; committing again after ${seconds(await running.progress(60_000))}`);
      }
    } finally {
      await ofGateway.endAsync(true);
      await ofCollector.endAsync(true);
    }
    await expectSound(running, 180_000);
  }, 500_000);
});
