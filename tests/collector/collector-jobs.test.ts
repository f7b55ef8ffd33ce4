import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import type { Job } from '#contract/job.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { at, task } from '../support/plan.ts';

const DAY = '2026-11-20';
const NOW = at(DAY, '10:00:20');
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
  bench = await CollectorBench.open(NOW, DISTRICT, [task('freeze-day', { backfillDays: 0 })]);
  await bench.start();
  bench.mqtt.connection(true);
});
afterEach(() => bench.close());

function job(id: string, over: Partial<Job> = {}): Job {
  return {
    v: 1,
    id,
    at: bench.clock.now(),
    deadlineAt: bench.clock.now() + 60_000,
    timeoutS: 60,
    kind: 'instant',
    items: ['energy_import_wh', 'voltage_a_v'],
    slot: null,
    meters: bench.plan.meters.map(({ id }) => id),
    ...over,
  };
}

const deliver = (message: unknown): Promise<void> =>
  bench.mqtt.deliver(bench.topic('down/job'), typeof message === 'string' ? message : JSON.stringify(message));

interface Told {
  readonly job: string;
  readonly meter: string;
  readonly slot: number;
  readonly ending: string;
}

/** What an envelope says of jobs. */
function toldIn(payload: string): [string, Told][] {
  const decoded = decodeEnvelope(Buffer.from(payload));
  if (!decoded.ok) throw new Error(decoded.why);
  const { seq, batches } = decoded.envelope;
  return batches.flatMap((batch) => {
    const { job } = batch;
    if (job === undefined || batch.stream === 'event') return [];
    expect(batch.task).toBe('on-demand');
    return batch.rows.map((row): [string, Told] => {
      const ending = 'reason' in row ? row.reason : 'read';
      return [`${seq} ${row.meter}`, { job, meter: row.meter, slot: row.slot, ending }];
    });
  });
}

/** Results of jobs as the centre was sent them, repetitions left out. */
function told(): Told[] {
  const envelopes = bench.mqtt.published.filter(({ topic }) => topic.endsWith('up/rows'));
  return [...new Map(envelopes.flatMap(({ payload }) => toldIn(payload))).values()];
}

describe('a collector that is sent a job', () => {
  it('brings what the meters show, once for each, and its schedule and figures know nothing of it', async () => {
    await bench.deliverPlan();
    const scheduled = bench.plan.meters.length;
    await bench.until('the schedule is done', () => bench.centre.held.size === scheduled);
    const before = (await bench.collector.status(true)).ledger;
    const wanted = job('j1');
    await deliver(wanted);
    await bench.until('the results are sent', () => told().length === wanted.meters.length, 1000);
    expect(
      told()
        .map(({ meter }) => meter)
        .sort(),
    ).toEqual([...wanted.meters].sort());
    expect(told().every(({ job: id, slot, ending }) => id === 'j1' && slot === wanted.at && ending === 'read')).toBe(
      true,
    );
    expect((await bench.collector.status(true)).ledger).toEqual(before);
    await deliver(wanted);
    await bench.pass(5000);
    expect(told()).toHaveLength(wanted.meters.length);
  });

  it('goes on with it under a new plan, and tells what the new plan no longer reads', async () => {
    await bench.deliverPlan();
    const [first, second, third] = bench.plan.meters;
    if (!first || !second || !third) throw new Error('three meters are needed');
    const unread = { ...third, id: 'elsewhere' };
    const plan = { ...bench.plan, version: 'next', meters: [first, second, unread] };
    const swapped = bench.mqtt.deliver(bench.topic('down/plan'), JSON.stringify(plan));
    await deliver(job('j1', { meters: [first.id, second.id, third.id] }));
    await swapped;
    await bench.until('each has its ending', () => told().length === 3);
    const endings = new Map(told().map(({ meter, ending }) => [meter, ending]));
    expect([endings.get(first.id), endings.get(second.id)]).toEqual(['read', 'read']);
    expect(['read', 'not_installed']).toContain(endings.get(third.id));
  });

  it('before its first plan does it with that', async () => {
    await deliver(job('j1'));
    await bench.deliverPlan();
    await bench.until('each has its ending', () => told().length === bench.plan.meters.length);
    expect(told().every(({ ending }) => ending === 'read')).toBe(true);
  });

  it('of another form says so and does nothing', async () => {
    await bench.deliverPlan();
    for (const wrong of [{ ...job('j1'), v: 2 }, { ...job('j1'), kind: 'write' }, { ...job('j1'), meters: [] }, '{']) {
      await deliver(wrong);
    }
    await bench.pass(2000);
    expect(told()).toEqual([]);
    expect(bench.logger.lines.filter(({ message }) => message.includes('a job does not fit'))).toHaveLength(3);
    expect(bench.fatal).toEqual([]);
  });

  it('ends with no timer left behind', async () => {
    await deliver(job('j1', { timeoutS: 600 }));
    await bench.stop();
    expect(bench.clock.waiting.filter((name) => name !== 'sim')).toEqual([]);
  });
});
