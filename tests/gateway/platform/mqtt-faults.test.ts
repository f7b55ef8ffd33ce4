import { describe, it, type TestContext } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { freePort } from '../../support/standalone.ts';
import { openLink, startBroker, startSilentBroker } from './brokers.ts';

type Broker = Awaited<ReturnType<typeof startBroker>>;

async function broker({ onTestFinished }: TestContext, port: number): Promise<Broker> {
  const started = await startBroker({}, port);
  onTestFinished(() => stop(started));
  return started;
}

async function stop({ aedes, listener }: Broker): Promise<void> {
  await listener.close();
  await new Promise<void>((resolve) => aedes.close(resolve));
}

async function silentBroker({ onTestFinished }: TestContext): Promise<Awaited<ReturnType<typeof startSilentBroker>>> {
  const started = await startSilentBroker();
  onTestFinished(() => started.listener.close());
  return started;
}

function opened(
  { onTestFinished }: TestContext,
  port: number,
  clientId = 'c1',
): ReturnType<typeof openLink> & { clock: ManualClock } {
  const clock = new ManualClock(0);
  const link = openLink(port, clock, { clientId });
  onTestFinished(async () => {
    const closed = link.link.close(1);
    await clock.advance(1);
    await closed;
  });
  return { ...link, clock };
}

/** How a publish went: `sent`, or the code, what to do next and the cause. */
function fate(publish: Promise<void>): Promise<string> {
  return publish.then(
    () => 'sent',
    (error: unknown) =>
      error instanceof MeterwayError ? `${error.code} ${error.next} ${error.cause ?? ''}`.trim() : String(error),
  );
}

const WITHIN = { timeout: 5000 };

/** The states after the waits between attempts have passed. */
function later({ states, clock }: { states: boolean[]; clock: ManualClock }): () => Promise<boolean[]> {
  return async () => {
    await clock.advance(500);
    return states;
  };
}

describe.concurrent('a link', () => {
  it('finds a broker that comes later, and again after its restart, with its subscriptions', async (test) => {
    const { expect } = test;
    const port = await freePort();
    const one = opened(test, port);
    const { link, states, logger } = one;
    const messages: string[] = [];
    link.subscribe('plan/#', (topic) => void messages.push(topic));
    expect(await fate(link.publish('plan/1', ''))).toBe('mqtt_offline reconnect');
    await expect.poll(() => logger.lines[0]?.message, WITHIN).toBe('cannot reach the broker');

    const first = await broker(test, port);
    await expect.poll(later(one), WITHIN).toEqual([false, true]);
    await link.publish('plan/2', '');
    await expect.poll(() => messages, WITHIN).toEqual(['plan/2']);

    await stop(first);
    await expect.poll(() => states, WITHIN).toEqual([false, true, false]);
    expect(await fate(link.publish('plan/3', ''))).toBe('mqtt_offline reconnect');

    await broker(test, port);
    await expect.poll(later(one), WITHIN).toEqual([false, true, false, true]);
    await link.publish('plan/4', '');
    await expect.poll(() => messages, WITHIN).toEqual(['plan/2', 'plan/4']);
  });

  it('that is lost before an acknowledgement is unsure of the message, and never repeats it by itself', async (test) => {
    const { expect } = test;
    const silent = await silentBroker(test);
    const one = opened(test, silent.listener.port);
    const { link, states, clock } = one;
    await expect.poll(() => states.at(-1), WITHIN).toBe(true);
    const sent = fate(link.publish('rows', '1'));
    await expect.poll(() => silent.published, WITHIN).toBe(1);
    silent.listener.cut();
    expect(await sent).toBe('mqtt_unsure retry Error: the connection was lost');
    expect(clock.waiting).toEqual(['reconnect']);
    await expect.poll(later(one), WITHIN).toEqual([false, true, false, true]);
    void fate(link.publish('rows', '2'));
    await expect.poll(() => silent.published, WITHIN).toBe(2);
  });

  it('is unsure of a message that the broker does not acknowledge in half a minute', async (test) => {
    const { expect } = test;
    const silent = await silentBroker(test);
    const { link, states, clock } = opened(test, silent.listener.port);
    await expect.poll(() => states.at(-1), WITHIN).toBe(true);
    let known = '';
    void fate(link.publish('rows', '1')).then((result) => {
      known = result;
    });
    await clock.advance(29_999);
    expect(known).toBe('');
    await clock.advance(1);
    expect(known).toBe('mqtt_unsure retry Error: no PUBACK in time');
  });

  it('closes at its deadline although the broker never acknowledges, and does not come back', async (test) => {
    const { expect } = test;
    const silent = await silentBroker(test);
    const { link, states, clock } = opened(test, silent.listener.port);
    await expect.poll(() => states.at(-1), WITHIN).toBe(true);
    const sent = fate(link.publish('rows', '1'));
    await expect.poll(() => silent.published, WITHIN).toBe(1);
    const other = opened(test, silent.listener.port, 'c2');
    await expect.poll(() => other.states.at(-1), WITHIN).toBe(true);
    let closed = false;
    const closing = link.close(800).then(() => {
      closed = true;
    });
    await clock.advance(799);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(await sent).toBe('mqtt_unsure retry Error: the connection was lost');
    await expect.poll(() => silent.listener.connected, WITHIN).toBe(1);
    // A link that is not closed shows when an attempt would have been due.
    silent.listener.cut();
    await expect.poll(later(other), WITHIN).toEqual([false, true, false, true]);
    expect(clock.waiting).toEqual([]);
    expect(silent.listener.sockets).toHaveLength(3);
  });

  it('that never found its broker closes without waiting for the deadline', async (test) => {
    const { expect } = test;
    const { link, clock } = opened(test, await freePort());
    await link.close(60_000);
    expect(clock.waiting).toEqual([]);
  });
});
