import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { AT } from '../../gateway/stores/state-samples.ts';
import { SenderBench } from './sender-bench.ts';

const newPath = scratchPaths();
let bench: SenderBench;
beforeEach(async () => {
  bench = await SenderBench.open(newPath());
});
afterEach(() => bench.close());

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('a delivery that fails', () => {
  it('is sent again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h under the same id, then is dead', async () => {
    await bench.hook();
    await bench.tell({});
    bench.answer = () => 500;
    const sender = bench.sender();
    const waits = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    for (const [i, wait] of waits.entries()) {
      if (wait > 0) await bench.turn(sender, wait - 1);
      expect(bench.posts.length, `just before attempt ${i + 1}`).toBe(i);
      await bench.turn(sender, wait > 0 ? 1 : 0);
      expect(bench.posts.length, `attempt ${i + 1}`).toBe(i + 1);
    }
    await bench.turn(sender, 100 * HOUR);
    expect([bench.posts.length, new Set(bench.ids).size]).toEqual([8, 1]);
    expect(new Set(bench.posts.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(8);
    expect(await bench.deliveries()).toMatchObject([{ state: 'dead', attempts: 8, lastStatus: 500 }]);
    expect(bench.outcomes).toEqual([...Array(7).fill('retry'), 'dead']);
  });

  it.each([301, 400, 404, 429, 503])('is sent again after the answer %i', async (status) => {
    await bench.hook();
    await bench.tell({});
    bench.answer = () => status;
    const sender = bench.sender();
    await bench.turn(sender);
    expect(await bench.deliveries()).toMatchObject([{ state: 'waiting', attempts: 1, lastStatus: status }]);
    bench.answer = () => 204;
    await bench.turn(sender, 6 * SECOND);
    expect(await bench.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2, lastStatus: 204 }]);
  });

  it('is sent again when no answer comes within 15 s', async () => {
    await bench.hook();
    await bench.tell({});
    bench.answer = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const sender = bench.sender();
    await sender.tick();
    await expect.poll(() => bench.posts.length).toBe(1);
    await bench.clock.advance(14_999);
    expect(await bench.deliveries()).toMatchObject([{ attempts: 0 }]);
    await bench.clock.advance(1);
    await sender.settled();
    expect(await bench.deliveries()).toMatchObject([
      { state: 'waiting', attempts: 1, lastStatus: null, lastError: 'timeout' },
    ]);
  });

  it('says why nothing was sent', async () => {
    await bench.hook();
    await bench.tell({});
    bench.answer = () => {
      throw new MeterwayError('cannot post', { code: 'address_refused' });
    };
    await bench.turn(bench.sender());
    expect(await bench.deliveries()).toMatchObject([{ lastStatus: null, lastError: 'address_refused' }]);
  });

  it('disables the webhook when the answer is 410, which gets nothing more', async () => {
    await bench.hook();
    await bench.tell(...Array.from({ length: 20 }, () => ({})));
    bench.answer = () => 410;
    const sender = bench.sender();
    await bench.turn(sender);
    const tried = bench.posts.length;
    await bench.tell({});
    await bench.turn(sender, HOUR);
    // A few are on their way when the first answer comes.
    expect([bench.posts.length, tried < 10]).toEqual([tried, true]);
    expect(await bench.state.webhooks.get('w1')).toMatchObject({ disabledWhy: 'gone' });
    expect((await bench.deliveries()).filter(({ state }) => state === 'dead').length).toBe(tried);
  });

  it('can be replayed when it is dead, under its id', async () => {
    await bench.hook();
    await bench.tell({});
    bench.answer = () => 500;
    const sender = bench.sender();
    for (let i = 0; i < 8; i++) await bench.turn(sender, 11 * HOUR);
    expect(await bench.deliveries()).toMatchObject([{ state: 'dead' }]);
    bench.answer = () => 200;
    expect(await bench.state.webhooks.revive('w1', null, bench.clock.now())).toBe(1);
    await bench.turn(sender);
    expect(await bench.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(new Set(bench.ids).size).toBe(1);
  });

  it('is dead when its event is deleted already', async () => {
    await bench.hook();
    await bench.tell({});
    bench.answer = () => 500;
    const sender = bench.sender();
    await bench.turn(sender);
    await bench.state.events.forgetBefore(AT + 1);
    await bench.turn(sender, MINUTE);
    expect(await bench.deliveries()).toMatchObject([{ state: 'dead', lastError: 'events_forgotten' }]);
  });
});
