import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import type { CollectorStatus } from '#contract/status.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { at, task } from '../support/plan.ts';

const DISTRICT: DistrictPlan = {
  areas: [
    {
      id: 'A1',
      lines: [{ kind: 'dlt645-tcp', customers: 2, id: 'L1', timing: { baudRate: null, replyDelayMs: [0, 1] } }],
    },
  ],
};

let bench: CollectorBench;
beforeEach(async () => {
  bench = await CollectorBench.open(at('2026-11-20', '10:00:20'), DISTRICT, [task('freeze-day', { backfillDays: 0 })]);
  await bench.start();
  bench.mqtt.connection(true);
});
afterEach(() => bench.close());

const deliver = (payload: string): Promise<void> =>
  bench.mqtt.deliver(bench.topic('down/replay'), payload, { retained: true });

/** Epochs in which the results went out, in their order. */
function epochs(): string[] {
  const found = new Set<string>();
  for (const { topic, payload } of bench.mqtt.published) {
    if (!topic.endsWith('up/rows')) continue;
    const decoded = decodeEnvelope(Buffer.from(payload));
    if (decoded.ok) found.add(decoded.envelope.epoch);
  }
  return [...found];
}

const lastStatus = (): CollectorStatus | undefined => bench.mqtt.sent<CollectorStatus>('up/status').at(-1);

describe('a request to send again', () => {
  it('begins a new epoch once, and the status tells who asked and how many results are sent', async () => {
    await bench.deliverPlan();
    await bench.until('something is sent', () => epochs().length === 1);
    const request = JSON.stringify({ v: 1, id: 'r1', since: 0 });
    await deliver(request);
    await bench.until('it is told', () => lastStatus()?.replay?.id === 'r1');
    await bench.until('it is sent', () => epochs().length === 2);
    expect(lastStatus()?.replay?.rows).toBeGreaterThan(0);
    await deliver(request);
    await bench.pass(3000);
    expect(epochs()).toHaveLength(2);
  });

  it('that is empty is none, and one of another form says so and does nothing', async () => {
    await deliver('');
    expect(bench.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await deliver('{"v":2,"id":"r1","since":0}');
    expect(bench.logger.lines.filter(({ message }) => message.includes('does not fit'))).toHaveLength(1);
    expect(lastStatus()?.replay ?? null).toBeNull();
  });
});
