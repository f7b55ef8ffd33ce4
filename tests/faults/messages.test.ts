import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { topic } from '#contract/topics.ts';
import { Chain } from '../support/chain.ts';
import { contentOf } from '../support/chain-content.ts';
import { connectAs, gatewayUser, type Recorded, record } from '../support/chain-post.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { poisonFor } from '../support/poison.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { eventually } from '../support/standalone.ts';

const ROWS = topic('demo', 'c1', 'up/rows');
const MARKER = 'this message only marks its place';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(load: { days: number; replyMs: number }): Promise<Chain> {
  const chain = await Chain.start({ load });
  cleanUps.push(() => chain.clean());
  return chain;
}

async function connect(chain: Chain, user: string, clientId: string) {
  const client = await connectAs(chain, user, clientId);
  cleanUps.push(() => client.endAsync(true));
  return client;
}

/** The recording again: every message, many of them twice, in another order, and half of them under other epochs. */
function again(recording: readonly Recorded[], random: () => number): Recorded[] {
  const twice = recording.flatMap((message) => (random() < 0.3 ? [message, message] : [message]));
  const renamed = twice.map((message) => {
    if (random() < 0.5) return message;
    const envelope = JSON.parse(message.bytes.toString()) as object;
    const epoch = `again-${Math.floor(random() * 5)}`;
    return { ...message, bytes: Buffer.from(JSON.stringify({ ...envelope, epoch })) };
  });
  for (let i = renamed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [renamed[i], renamed[j]];
    if (a && b) [renamed[i], renamed[j]] = [b, a];
  }
  return renamed;
}

describe('messages that come again, late and in another order', () => {
  it('change nothing in the stores', async () => {
    const seed = testSeed();
    tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const chain = await start({ days: 5, replyMs: 4 });
    const sender = await connect(chain, 'c1', 'c1.mirror');
    const recorder = await connect(chain, gatewayUser(chain), 'gateway-recorder');
    let mirrored = 0;
    const mirror = async (message: Recorded): Promise<void> => {
      if (random() > 0.4) return;
      mirrored++;
      await sleep(random() * 2000);
      await sender.publishAsync(message.topic, message.bytes, { qos: 1 });
    };
    // What is mirrored is recorded too: no echo of an echo, or it would never end.
    const seen = new Set<string>();
    const recording = await record(recorder, (message) => {
      const text = message.bytes.toString('latin1');
      if (seen.size < seen.add(text).size) void mirror(message).catch(() => {});
    });
    // From the first message on, so that there is something to record.
    await chain.kill('c1');
    await chain.start('c1');
    tell(`quiet after ${seconds(await chain.quiet(180_000))}, ${mirrored} of ${recording.length} messages mirrored`);

    const until = chain.now - 60_000;
    const before = await contentOf(chain, until);
    const replay = again([...recording], random);
    const begun = Date.now();
    for (const { topic: name, bytes } of replay) await sender.publishAsync(name, bytes, { qos: 1 });
    await sender.publishAsync(ROWS, MARKER, { qos: 1 });
    await eventually('the last of the replay has been judged', 120_000, async () =>
      (await chain.quarantine()).some((entry) => entry.includes(MARKER)),
    );
    tell(`${replay.length} messages replayed and judged in ${seconds(Date.now() - begun)}`);
    expect(recording.length).toBeGreaterThan(20);
    const after = await contentOf(chain, until);
    expect(after.rows).toBeGreaterThan(1000);
    expect(after).toEqual(before);
    await expectSound(chain, 120_000, (entry) => entry.startsWith('envelope: not JSON'));
  }, 600_000);
});

describe('poison among good messages', () => {
  it('is set aside with its reason, and all the good is stored by the same process', async () => {
    const chain = await start({ days: 5, replyMs: 8 });
    const sender = await connect(chain, 'c1', 'c1.poisoner');
    const { pid } = chain.process('gateway');
    const [meter] = chain.registry.meters;
    const corpus = poisonFor(meter?.id ?? '', chain.now);
    for (const { bytes } of corpus) {
      await sender.publishAsync(ROWS, bytes, { qos: 1 });
      await sleep(50);
    }
    const other = await connect(chain, gatewayUser(chain), 'gateway-poisoner');
    await other.publishAsync(topic('demo', 'c9', 'up/rows'), corpus[0]?.bytes ?? '', { qos: 1 });
    tell(
      `${corpus.length + 1} poisoned messages sent; committing again after ${seconds(await chain.progress(60_000))}`,
    );
    await chain.quiet(180_000);

    const entries = await chain.quarantine();
    for (const { what, setAside } of corpus) {
      const found = setAside === null || entries.some((entry) => setAside.test(entry));
      expect(found, `${what} in ${entries.map((entry) => entry.slice(0, 120)).join('\n')}`).toBe(true);
    }
    expect(entries).toHaveLength(corpus.filter(({ setAside }) => setAside !== null).length + 1);
    expect(chain.process('gateway').pid).toBe(pid);
    await expectSound(chain, 60_000, () => true);
  }, 400_000);
});
