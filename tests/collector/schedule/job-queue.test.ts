import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '#contract/job.ts';
import { JobQueue } from '../../../collector/schedule/job-queue.ts';
import type { Demand } from '../../../collector/schedule/line-demands.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { at, planMeter } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const NOW = at('2026-11-20', '10:01:00');
const METERS = [planMeter('m1'), planMeter('m2', { line: 'L2' }), planMeter('u1', { model: 'sdm120' })];

let clock: ManualClock;
let records: SpoolRecord[];
let lost: unknown[];
let fault: Error | null;
let queue: JobQueue;

beforeEach(() => {
  clock = new ManualClock(NOW);
  records = [];
  lost = [];
  fault = null;
  queue = new JobQueue({
    sink: {
      append: async (added) => {
        if (fault) throw fault;
        records.push(...added);
      },
      room: async () => {},
    },
    clock,
    logger: quietLogger(),
    onLost: (error) => lost.push(error),
  });
});
afterEach(() => {
  queue.stop();
  expect(clock.waiting).toEqual([]);
});

function job(meters: string, over: Partial<Job> = {}): Job {
  return {
    v: 1,
    id: 'j1',
    at: NOW,
    deadlineAt: NOW + 60_000,
    timeoutS: 60,
    kind: 'instant',
    items: ['voltage_a_v'],
    slot: null,
    meters: meters.split(' '),
    ...over,
  };
}

function next(line: string): string | null {
  const demand = queue.line(line).next(clock.mono());
  return demand && `${demand.job} ${demand.meter.id} ${demand.slot - NOW}`;
}

/** Ends the first demand of a line. */
async function answer(line: string): Promise<void> {
  const demand = queue.line(line).next(clock.mono());
  if (!demand) throw new Error('nothing waits');
  await queue.line(line).answered(demand, reply(demand));
}

function reply(_demand: Demand) {
  return { meterTime: null, readAt: clock.now(), values: new Map([['voltage_a_v' as const, 230.1]]), events: [] };
}

const reasons = (): string[] =>
  records.map(
    ({ stream, columns, row }) => `${row[0]} ${stream === 'reading' ? 'read' : row[columns.indexOf('reason')]}`,
  );

describe('a job', () => {
  it('is spread over the lines of its meters, each meter once however often it is named', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m2 m1 m2'));
    expect([next('L1'), next('L2'), next('L3')]).toEqual(['j1 m1 0', 'j1 m2 0', null]);
    await answer('L2');
    expect(next('L2')).toBeNull();
  });

  it('that comes twice is done once', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1'));
    await answer('L1');
    await clock.advance(59_000);
    queue.take(job('m1'));
    expect(next('L1')).toBeNull();
    expect(reasons()).toEqual(['m1 read']);
  });

  it('names a reason for each meter that no line can be asked for', async () => {
    const gone = planMeter('m4', { removedAt: NOW - 1000 });
    queue.usePlan({ meters: [...METERS, gone, planMeter('m5', { installedAt: NOW - 1000 })] });
    queue.take(job('m9 m4 m1'));
    queue.take(job('u1', { id: 'j2', kind: 'freeze-day', slot: at('2026-11-20') }));
    queue.take(job('u1', { id: 'j3', kind: 'event', items: [] }));
    queue.take(job('m5', { id: 'j4', kind: 'freeze-day', slot: at('2026-11-20') }));
    await settle();
    expect(reasons()).toEqual([
      'm9 not_installed',
      'm4 not_installed',
      'u1 not_supported',
      'u1 not_supported',
      'm5 not_installed',
    ]);
    expect(next('L1')).toBe('j1 m1 0');
  });

  it('does not ask an address that belongs to another meter by now', async () => {
    const old = planMeter('old', { address: '7', removedAt: NOW - 60_000 });
    const gone = planMeter('gone', { address: '8', removedAt: NOW - 60_000 });
    const heir = planMeter('heir', { address: '07', installedAt: NOW - 50_000 });
    const elsewhere = planMeter('elsewhere', { address: '8', line: 'L2', installedAt: NOW - 50_000 });
    queue.usePlan({ meters: [old, gone, heir, elsewhere] });
    queue.take(job('old gone', { kind: 'freeze-day', slot: at('2026-11-19') }));
    queue.take(job('old', { id: 'j2', at: NOW - 61_000 }));
    await settle();
    expect(reasons()).toEqual(['old not_installed', 'old not_installed']);
    expect(next('L1')).toBe(`j1 gone ${at('2026-11-19') - NOW}`);
  });

  it('for present values never names them by another moment than that of the request', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1', { slot: at('2026-11-19') }));
    await settle();
    expect(reasons()).toEqual(['m1 not_supported']);
    expect(next('L1')).toBeNull();
  });

  it('that was long on its way is not begun, unless the clocks may merely differ', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1', { deadlineAt: NOW - 300_001 }));
    expect(reasons()).toEqual(['m1 deadline_missed']);
    queue.take(job('m1', { id: 'j2', deadlineAt: NOW - 299_000 }));
    expect(next('L1')).toBe('j2 m1 0');
  });

  it('waits on when a new plan comes: on the new line of its meter, or it ends when the meter is gone', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1 m2'));
    queue.take(job('u1', { id: 'j2' }));
    const begun = queue.line('L1').next(clock.mono());
    queue.line('L1').release();
    queue.usePlan({ meters: [planMeter('m2', { line: 'L9' }), planMeter('m1')] });
    await settle();
    expect(reasons()).toEqual(['u1 not_installed']);
    expect([next('L1'), next('L2'), next('L9')]).toEqual(['j1 m1 0', null, 'j1 m2 0']);
    // A line that went on under the new plan tells the ending of what it had begun; nobody can tell it again.
    if (begun) await queue.line('L1').answered(begun, reply(begun));
    if (begun) await queue.line('L1').answered(begun, reply(begun));
    expect(reasons()).toEqual(['u1 not_installed', 'm1 read']);
  });

  it('that reads a task again has its results under the name of the task', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1 m2', { kind: 'freeze-day', slot: at('2026-11-20'), task: 'freeze-day' }));
    await answer('L1');
    await clock.advance(60_000);
    await settle();
    expect(records.map(({ stream, task }) => `${stream} ${task}`)).toEqual([
      'reading freeze-day',
      'outcome freeze-day',
    ]);
  });

  it('that comes before the first plan waits for it, but not for ever', async () => {
    queue.take(job('m1', { timeoutS: 5 }));
    queue.take(job('m1', { id: 'j2', timeoutS: 60 }));
    await clock.advance(6000);
    expect(reasons()).toEqual(['m1 deadline_missed']);
    queue.usePlan({ meters: METERS });
    expect(next('L1')).toBe('j2 m1 0');
  });

  it('whose result the disk refuses has the process told', async () => {
    queue.usePlan({ meters: METERS });
    queue.take(job('m1'));
    fault = new Error('disk failed');
    await answer('L1');
    await settle();
    expect(lost).toEqual([fault]);
  });

  it('wakes its line, and only that', () => {
    queue.usePlan({ meters: METERS });
    const woken: string[] = [];
    for (const line of ['L1', 'L2']) queue.line(line).onArrival(() => woken.push(line));
    queue.take(job('m2'));
    expect(woken).toEqual(['L2']);
  });
});
