import { Check } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job as JobMessage } from '#contract/job.ts';
import { Job as JobSchema } from '#contract/job.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { Job, JobResult } from '#stores/job-store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { GRACE_MS, JobDispatch } from '../../../gateway/collection/job-dispatch.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { MemoryMqtt } from '../../support/memory-mqtt.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { SITE } from '../ingest/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT } from '../stores/state-samples.ts';

const scratch = scratchPaths();

let state: StateStore;
let clock: ManualClock;
let mqtt: MemoryMqtt;
let heard: Map<string, { online: boolean; instance: string }>;
let dispatch: JobDispatch;

beforeEach(async () => {
  state = await openSqliteStateStore(scratch('state.sqlite'));
  clock = new ManualClock(AT);
  mqtt = new MemoryMqtt();
  mqtt.connection(true);
  heard = new Map(['c1', 'c2'].map((id) => [id, { online: true, instance: `${id}-1` }]));
  restart();
});
afterEach(() => state.close());

/** A gateway that knows nothing but the store. */
function restart(): void {
  const collectors = { heard: (id: string) => heard.get(id) };
  const registry = new RegistryIndex(SITE);
  dispatch = new JobDispatch({ jobs: state.jobs, registry, collectors, mqtt, clock, logger: quietLogger() });
}

async function ask(id: string, meters: string, over: Partial<Job> = {}): Promise<void> {
  const job: Job = {
    id,
    kind: 'instant',
    items: ['voltage_a_v'],
    slot: null,
    askedBy: 'k',
    idempotencyKey: null,
    requestDigest: '',
    createdAt: clock.now(),
    timeoutS: 60,
    ...over,
  };
  await state.jobs.add(job, meters.split(' '));
}

async function tick(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    await dispatch.tick();
    await settle();
  }
  // What was sent is noted in the store by its thread.
  await state.jobs.open();
}

const sent = (): string[] =>
  mqtt.published.map(({ topic, payload }) => {
    const { id, meters } = JSON.parse(payload) as JobMessage;
    return `${topic.split('/')[3]} ${id} ${meters.join(',')}`;
  });

async function reasons(id: string): Promise<string[]> {
  const reads = await state.jobs.reads(id, 99, '');
  return reads.map(({ meter, result }) => `${meter} ${result ? (result.reason ?? 'read') : 'open'}`);
}

const answer = (job: string, meter: string): JobResult => ({
  job,
  meter,
  slot: AT,
  meterTime: null,
  readAt: clock.now(),
  values: { voltage_a_v: 230 },
  reason: null,
  detail: '',
});

describe('a job', () => {
  it('goes once to each collector that reads one of its meters, with what it is to read', async () => {
    await ask('j1', 'm1 m3 x1', { kind: 'freeze-day', slot: AT - 1000 });
    await clock.advance(1500);
    await tick(3);
    expect(sent()).toEqual(['c1 j1 m1,m3', 'c2 j1 x1']);
    const [message] = mqtt.published;
    expect(message).toMatchObject({ topic: 'meterway/v1/d1/c1/down/job', retain: false });
    const job: unknown = JSON.parse(message?.payload ?? '');
    expect(Check(JobSchema, job)).toBe(true);
    // The time that is left of it, for the collector counts from the arrival.
    expect(job).toMatchObject({ at: AT, deadlineAt: AT + 60_000, timeoutS: 59, slot: AT - 1000, kind: 'freeze-day' });
    expect((await state.jobs.get('j1'))?.job.state).toBe('running');
  });

  it('for a collector that is known to be offline ends at once with that', async () => {
    heard.set('c2', { online: false, instance: 'c2-1' });
    await ask('j1', 'm1 x1');
    await ask('j2', 'x1');
    await tick();
    expect(sent()).toEqual(['c1 j1 m1']);
    expect(await reasons('j1')).toEqual(['m1 open', 'x1 collector_offline']);
    expect((await state.jobs.get('j2'))?.job).toMatchObject({ state: 'done', closedAt: AT });
  });

  it('waits a little after the start for a collector that was not heard of yet', async () => {
    heard.delete('c2');
    await ask('j1', 'x1');
    await tick();
    expect(await reasons('j1')).toEqual(['x1 open']);
    heard.set('c2', { online: true, instance: 'c2-1' });
    await tick();
    expect(sent()).toEqual(['c2 j1 x1']);
    heard.delete('c1');
    await ask('j2', 'm1');
    await clock.advance(10_000);
    await tick();
    expect(await reasons('j2')).toEqual(['m1 collector_offline']);
  });

  it('is sent when the broker is there again', async () => {
    mqtt.connection(false);
    await ask('j1', 'm1');
    await tick(3);
    expect((await state.jobs.get('j1'))?.job.state).toBe('queued');
    mqtt.connection(true);
    await tick(3);
    expect(sent()).toEqual(['c1 j1 m1']);
  });

  it('whose meters nobody reads any more ends with that', async () => {
    await ask('j1', 'm1 gone');
    await tick();
    expect(await reasons('j1')).toEqual(['gone not_installed', 'm1 open']);
    expect(sent()).toEqual(['c1 j1 m1']);
  });

  it('is not given up at its deadline, when results may be on their way, but soon after', async () => {
    await ask('j1', 'm1 m2 x1');
    await tick();
    await state.jobs.end([answer('j1', 'm1')], 'collector', clock.now());
    await clock.advance(60_000 + GRACE_MS - 1);
    await tick();
    expect(await reasons('j1')).toEqual(['m1 read', 'm2 open', 'x1 open']);
    heard.set('c2', { online: false, instance: 'c2-1' });
    await clock.advance(1);
    await tick(2);
    expect(await reasons('j1')).toEqual(['m1 read', 'm2 deadline_missed', 'x1 collector_offline']);
    expect((await state.jobs.get('j1'))?.job.state).toBe('done');
    await state.jobs.end([answer('j1', 'm2')], 'collector', clock.now());
    expect(await reasons('j1')).toEqual(['m1 read', 'm2 read', 'x1 collector_offline']);
  });

  it('that waited for the gateway beyond its deadline is sent to nobody', async () => {
    await ask('j1', 'm1', { createdAt: AT - 120_000 });
    await tick();
    expect([sent(), await reasons('j1')]).toEqual([[], ['m1 deadline_missed']]);
  });
});

describe('a restart', () => {
  it('of the gateway sends what is open again under the same id, and nothing that has its result', async () => {
    await ask('j1', 'm1 m2');
    await ask('j2', 'm3');
    await tick();
    await state.jobs.end([answer('j1', 'm1'), answer('j2', 'm3')], 'collector', clock.now());
    restart();
    await clock.advance(10_000);
    await tick(3);
    expect(sent()).toEqual(['c1 j1 m1,m2', 'c1 j2 m3', 'c1 j1 m2']);
  });

  it('of a collector, or its loss for a moment, has it told what is open again', async () => {
    await ask('j1', 'm1 m2');
    await tick();
    heard.set('c1', { online: false, instance: 'c1-1' });
    await tick();
    // It may still read what it has: nothing is ended.
    expect(await reasons('j1')).toEqual(['m1 open', 'm2 open']);
    heard.set('c1', { online: true, instance: 'c1-1' });
    await tick(2);
    heard.set('c1', { online: true, instance: 'c1-2' });
    await state.jobs.end([answer('j1', 'm1')], 'collector', clock.now());
    await tick(2);
    expect(sent()).toEqual(['c1 j1 m1,m2', 'c1 j1 m1,m2', 'c1 j1 m2']);
  });
});

it('jobs are forgotten after 30 days', async () => {
  await ask('old', 'm1', { createdAt: AT - 30 * 86_400_000 - 1 });
  await ask('new', 'm1', { createdAt: AT - 30 * 86_400_000 });
  await dispatch.forget();
  expect(await state.jobs.get('old')).toBeNull();
  expect(await state.jobs.get('new')).not.toBeNull();
});
