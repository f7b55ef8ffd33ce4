import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '#platform/metrics.ts';
import { observeWebhooks } from '../../../api/webhooks/metrics.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { AT } from '../../gateway/stores/state-samples.ts';
import { SenderBench } from './sender-bench.ts';

const SECOND = 1000;
const newPath = scratchPaths();
let bench: SenderBench;
beforeEach(async () => {
  bench = await SenderBench.open(newPath());
});
afterEach(() => bench.close());

describe('events of one subject', () => {
  it('are sent one after the other, while others are not held up by them', async () => {
    await bench.hook();
    await bench.tell({ subject: 'a' }, { subject: 'a' }, { subject: 'b' }, { subject: 'a' });
    const answers = [0, 1].map(() => Promise.withResolvers<number>());
    bench.answer = () => answers[bench.posts.length - 1]?.promise ?? 200;
    const sender = bench.sender();
    await sender.tick();
    await expect.poll(() => bench.posts.length).toBe(2);
    expect(bench.bodies.map(({ subject, position }) => [subject, position])).toEqual([
      ['a', '1'],
      ['b', '3'],
    ]);
    for (const { resolve } of answers) resolve(200);
    await sender.settled();
    expect(bench.bodies.map(({ position }) => position)).toEqual(['1', '3', '2', '4']);
  });
});

describe('events that a receiver refuses', () => {
  it('do not hold up those that it takes', async () => {
    await bench.hook();
    bench.answer = ({ body }) => (body.includes('anomaly.opened.v1') ? 422 : 200);
    const sender = bench.sender();
    for (let i = 0; i < 8; i++) {
      await bench.tell(...Array.from({ length: 25 }, () => ({ type: 'anomaly.opened.v1' }) as const));
      await bench.turn(sender, SECOND);
    }
    await bench.tell({ subject: 'wanted' });
    for (let i = 0; i < 12; i++) await bench.turn(sender, SECOND);
    expect(bench.bodies.some(({ subject }) => subject === 'wanted')).toBe(true);
  });
});

describe('the metrics of webhooks', () => {
  it('count what waits, but not for webhooks that are disabled', async () => {
    await bench.hook({ id: 'off', disabledWhy: 'by_hand' });
    await bench.hook();
    const { webhooks } = bench.state;
    await webhooks.plan('off', 0, 1, [{ id: 'e1', positions: [1] }], AT);
    const deliveries = ['e1', 'e2'].map((id, i) => ({ id, positions: [i + 1] }));
    await webhooks.plan('w1', 0, 2, deliveries, AT);
    const metrics = new Metrics({ process: 'api', runtime: false });
    observeWebhooks(metrics, webhooks, () => AT);
    expect(await metrics.text()).toMatch(/webhook_backlog_deliveries\{[^}]*\} 2\n/);
  });
});
