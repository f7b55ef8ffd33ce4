import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../api/webhooks/sender.ts';
import { signature } from '../../../api/webhooks/signature.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { AT } from '../../gateway/stores/state-samples.ts';
import { webhook } from '../../gateway/stores/webhooks-contract.ts';
import { instead } from '../../support/centre.ts';
import { SenderBench } from './sender-bench.ts';

const newPath = scratchPaths();
let bench: SenderBench;
beforeEach(async () => {
  bench = await SenderBench.open(newPath());
});
afterEach(() => bench.close());

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('what a webhook is sent', () => {
  it('is each event as a CloudEvent, signed, under the id of the event', async () => {
    await bench.hook();
    await bench.tell({ subject: 'o1', district: 'D1', at: AT - 5 });
    const [event] = await bench.state.events.after(0, 1);
    const sender = bench.sender();
    await bench.turn(sender, 250);
    const [post] = bench.posts;
    expect(bench.bodies).toEqual([
      {
        specversion: '1.0',
        id: event?.id,
        source: 'meterway/%E6%B5%8B%E8%AF%95%E7%AB%99',
        type: 'outage.opened.v1',
        subject: 'o1',
        time: new Date(AT - 5).toISOString(),
        datacontenttype: 'application/json',
        district: 'D1',
        position: String(event?.position),
        data: event?.data,
      },
    ]);
    const at = String(Math.floor((AT + 250) / 1000));
    expect(post).toMatchObject({ url: webhook().url, headers: { 'webhook-id': event?.id, 'webhook-timestamp': at } });
    expect(post?.headers['webhook-signature']).toBe(signature(webhook().secret, `${event?.id}.${at}.${post?.body}`));
    expect(await bench.deliveries()).toMatchObject([
      { id: event?.id, state: 'delivered', attempts: 1, lastStatus: 200 },
    ]);
    expect([bench.outcomes, bench.seconds]).toEqual([['delivered'], [0.25]]);
    await bench.turn(sender, 250);
    expect(bench.posts.length).toBe(1);
  });

  it('is what its filter lets through, and nothing that was told before it was made', async () => {
    await bench.tell({ subject: 'before' });
    const { newest } = await bench.state.events.range();
    await bench.hook({ types: ['outage.opened.v1'], districts: ['D1'], position: newest });
    await bench.tell(
      { subject: 'mine', district: 'D1' },
      { subject: 'other type', type: 'outage.changed.v1', district: 'D1' },
      { subject: 'other district', district: 'D2' },
      { subject: 'everybody', district: null },
    );
    await bench.turn(bench.sender());
    expect(bench.bodies.map(({ subject }) => subject)).toEqual(['mine', 'everybody']);
    expect((await bench.state.webhooks.get('w1'))?.position).toBe((await bench.state.events.range()).newest);
  });

  it('is nothing while it is disabled, and all of it when it is enabled again', async () => {
    await bench.hook({ disabledWhy: 'by_hand' });
    await bench.tell({ subject: 'o1' });
    const sender = bench.sender();
    await bench.turn(sender);
    expect(bench.posts).toEqual([]);
    await bench.state.webhooks.change('w1', { disabledWhy: null });
    await bench.turn(sender, 2 * SECOND);
    expect(bench.bodies.map(({ subject }) => subject)).toEqual(['o1']);
  });

  it('does not wait for a receiver that is slow', async () => {
    await bench.hook({ id: 'slow', url: 'https://slow.example.com/' });
    await bench.hook();
    await bench.tell({});
    const answer = Promise.withResolvers<number>();
    bench.answer = ({ url }) => (url.includes('slow') ? answer.promise : 200);
    const sender = bench.sender();
    await sender.tick();
    await expect.poll(async () => (await bench.deliveries())[0]?.state).toBe('delivered');
    await bench.tell({});
    await sender.tick();
    await expect.poll(async () => (await bench.deliveries())[0]?.state).toBe('delivered');
    expect(bench.posts.filter(({ url }) => url.includes('slow')).length).toBe(1);
    answer.resolve(200);
    await sender.settled();
  });
});

describe('more events than a webhook may be sent', () => {
  it('come together, none dropped, in their order, and no minute has more requests than it may', async () => {
    await bench.hook({ perMinute: 10 });
    const sender = bench.sender();
    const times: number[] = [];
    bench.answer = () => {
      times.push(bench.clock.now());
      return 200;
    };
    let told = 0;
    for (let second = 0; second < 90; second++) {
      const events = Array.from({ length: second === 10 ? 300 : 2 }, () => ({ subject: `s${told++}` }));
      await bench.tell(...events);
      await bench.turn(sender, SECOND);
    }
    for (let i = 0; i < 20; i++) await bench.turn(sender, 6 * SECOND);
    const subjects = bench.bodies.flatMap(({ type, subject, data }) =>
      type === 'meterway.events.batch.v1' ? data.events.map((event: { subject: string }) => event.subject) : [subject],
    );
    expect(subjects).toEqual(Array.from({ length: told }, (_, i) => `s${i}`));
    expect(bench.bodies.some(({ type }) => type === 'meterway.events.batch.v1')).toBe(true);
    expect(bench.bodies.some(({ type }) => type === 'outage.opened.v1')).toBe(true);
    for (const [i, from] of times.entries()) {
      expect(times.slice(i).filter((at) => at < from + MINUTE).length).toBeLessThanOrEqual(10);
    }
  });

  it('have an envelope whose id is that of the delivery and whose signature covers all of them', async () => {
    await bench.hook({ perMinute: 2 });
    await bench.tell({ subject: 'a' }, { subject: 'b' }, { subject: 'c' });
    await bench.turn(bench.sender());
    const [post] = bench.posts;
    const id = post?.headers['webhook-id'];
    expect(id).toMatch(/^batch-/);
    expect(bench.bodies).toMatchObject([{ specversion: '1.0', id, type: 'meterway.events.batch.v1' }]);
    expect(bench.bodies[0].data.events.map((event: { subject: string }) => event.subject)).toEqual(['a', 'b', 'c']);
    const content = `${id}.${post?.headers['webhook-timestamp']}.${post?.body}`;
    expect(post?.headers['webhook-signature']).toBe(signature(webhook().secret, content));
    expect(bench.seconds.length).toBe(3);
  });

  it('stay in their table while a receiver is away, so that it costs a bounded number of deliveries', async () => {
    await bench.hook();
    bench.answer = () => 503;
    const sender = bench.sender();
    for (let i = 0; i < 30; i++) {
      await bench.tell(...Array.from({ length: 30 }, () => ({})));
      await bench.turn(sender, SECOND);
    }
    expect((await bench.deliveries()).length).toBeLessThan(200);
    bench.answer = () => 200;
    for (let i = 0; i < 60; i++) await bench.turn(sender, 10 * SECOND);
    const told = new Set(
      bench.bodies.flatMap(({ id, data }) => data.events?.map((event: { id: string }) => event.id) ?? [id]),
    );
    expect(told.size).toBe(900);
  });
});

describe('senders of several processes', () => {
  it('go on after the database has failed', async () => {
    await bench.hook();
    await bench.tell({ subject: 'a' });
    const store = await bench.store();
    let failures = 0;
    const failing = {
      ...store,
      events: {
        after: (...asked: Parameters<typeof store.events.after>) => store.events.after(...asked),
        at: (positions: readonly number[]) => store.events.at(positions),
        range: () => (failures++ === 0 ? Promise.reject(new Error('locked')) : store.events.range()),
      },
    };
    const sender = bench.sender(failing as unknown as typeof store);
    await bench.turn(sender);
    await bench.turn(sender, 4 * SECOND);
    expect([failures, bench.posts.length]).toEqual([1, 0]);
    await bench.turn(sender, SECOND);
    expect(bench.posts.length).toBe(1);
  });

  it('wait a while, and send nothing twice at the same time, when what was sent cannot be noted', async () => {
    await bench.hook();
    await bench.tell({ subject: 'a' }, { subject: 'b' });
    const store = await bench.store();
    const failing = instead(store.webhooks, 'attempted', () => () => Promise.reject(new Error('full')));
    const slow = Promise.withResolvers<number>();
    bench.answer = ({ body }) => (body.includes('"subject":"b"') ? slow.promise : 200);
    const sender = bench.sender({ ...store, webhooks: failing });
    const settled = new Set<string>();
    await sender.tick();
    await expect.poll(() => bench.posts.length).toBe(2);
    const all = sender.settled().then(() => settled.add('all'));
    for (let i = 0; i < 30; i++) {
      await bench.clock.advance(250);
      await sender.tick();
    }
    expect([bench.posts.length, settled.size]).toEqual([2, 0]);
    slow.resolve(200);
    await all;
    await bench.turn(sender, 4 * SECOND);
    expect(bench.posts.length).toBe(2);
    await bench.turn(sender, 2 * SECOND);
    expect(bench.posts.length).toBe(4);
    expect(new Set(bench.ids).size).toBe(2);
  });

  it('begin nothing any more, and keep no lease, when they are stopped while they look', async () => {
    await bench.hook();
    await bench.tell({ subject: 'a' });
    const stopped = bench.sender();
    const looking = stopped.tick();
    await stopped.stop();
    await looking;
    expect(bench.posts).toEqual([]);
    await bench.turn(bench.sender(await bench.store()));
    expect(bench.posts.length).toBe(1);
  });

  it('send each event once, and another goes on when the lease of the first has run out', async () => {
    await bench.hook();
    const first = bench.sender();
    const second = bench.sender(await bench.store());
    await bench.tell({ subject: 'a' });
    await bench.turn(first);
    await bench.turn(second);
    expect(bench.posts.length).toBe(1);
    // The first is killed: it renews nothing.
    await bench.tell({ subject: 'b' });
    await bench.turn(second, LEASE_MS - 1);
    expect(bench.posts.length).toBe(1);
    await bench.turn(second, LEASE_MS);
    expect(bench.bodies.map(({ subject }) => subject)).toEqual(['a', 'b']);
    await bench.tell({ subject: 'c' });
    await bench.turn(first, SECOND);
    expect(bench.posts.length).toBe(2);
  });

  it('go on at once when the first was asked to stop', async () => {
    await bench.hook();
    const first = bench.sender();
    await bench.tell({ subject: 'a' });
    await bench.turn(first);
    await first.stop();
    await bench.tell({ subject: 'b' });
    await bench.turn(first);
    await bench.turn(bench.sender(await bench.store()));
    expect(bench.bodies.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  it('send again under the same id what was on its way when the first was killed, and lose nothing', async () => {
    await bench.hook({ perMinute: 2 });
    await bench.tell({ subject: 'a' }, { subject: 'b' });
    const never = Promise.withResolvers<number>();
    bench.answer = () => never.promise;
    const killed = bench.sender();
    await killed.tick();
    await expect.poll(() => bench.posts.length).toBe(1);
    bench.answer = () => 200;
    await bench.turn(bench.sender(await bench.store()), 2 * LEASE_MS);
    expect(bench.posts.length).toBe(2);
    expect(new Set(bench.ids).size).toBe(1);
    expect(bench.posts[1]?.body).toBe(bench.posts[0]?.body);
    never.resolve(200);
    await killed.settled();
    expect(await bench.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });
});

describe('a replay', () => {
  it('sends the events after a position again under their ids, and the newer ones once', async () => {
    await bench.hook();
    await bench.tell({ subject: 'a' }, { subject: 'b' }, { subject: 'c' });
    const [a] = await bench.state.events.after(0, 1);
    const sender = bench.sender();
    await bench.turn(sender);
    await bench.state.webhooks.change('w1', { position: a?.position ?? 0 });
    await bench.turn(sender);
    expect(bench.bodies.map(({ subject }) => subject)).toEqual(['a', 'b', 'c', 'b', 'c']);
    expect(bench.ids.slice(3)).toEqual(bench.ids.slice(1, 3));
  });
});
