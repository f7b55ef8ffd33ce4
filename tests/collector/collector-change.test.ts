import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '#contract/plan.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { at, task } from '../support/plan.ts';

const NOW = at('2026-11-20', '10:00:20');
const QUICK = { baudRate: null, replyDelayMs: [0, 0] } as const;

let bench: CollectorBench;
beforeEach(async () => {
  const lines = [{ kind: 'dlt645-tcp', customers: 1, id: 'L1', timing: QUICK }] as const;
  bench = await CollectorBench.open(NOW, { areas: [{ id: 'A1', lines }] }, [task('freeze-day')]);
  await bench.start();
});
afterEach(() => bench.close());

const rows = async (): Promise<number> => (await bench.spool.size()).rows;

function withLink(plan: Plan, port: number): Plan {
  return {
    ...plan,
    version: `port-${port}`,
    lines: plan.lines.map((line) => ({ ...line, link: { tcp: { host: '127.0.0.1', port } } })),
  };
}

it('a line whose endpoint is put right is read at once, not at the next retry pass', async () => {
  await bench.deliverPlan(withLink(bench.plan, 1));
  // The supply meter and the customer, four freezes each.
  await bench.until('every freeze has its reason', async () => (await rows()) === 8);
  await bench.pass(5000);
  await bench.deliverPlan();
  await bench.until('the freezes are read', async () => (await rows()) === 16, 30_000);
  expect((await bench.collector.status(true)).ledger).toMatchObject({ answered: 8, open: 0 });
});

it('a collector that is stopped while a plan comes in says that it is offline last, and leaves no line at work', async () => {
  bench.mqtt.connection(true);
  const statuses = (): boolean[] =>
    bench.mqtt.published
      .filter(({ topic }) => topic === bench.topic('up/status'))
      .map(({ payload }) => (JSON.parse(payload) as { online: boolean }).online);
  const taken = bench.mqtt.deliver(bench.topic('down/plan'), JSON.stringify(bench.plan));
  const stopped = bench.collector.stop();
  const late = bench.mqtt.deliver(bench.topic('down/plan'), JSON.stringify(withLink(bench.plan, 1)));
  await bench.pass(10_000);
  await Promise.all([taken, stopped, late]);
  const told = statuses();
  expect(told.at(-1)).toBe(false);
  await bench.pass(60_000);
  expect(statuses()).toEqual(told);
  expect(bench.clock.waiting.filter((name) => name !== 'sim')).toEqual([]);
});
