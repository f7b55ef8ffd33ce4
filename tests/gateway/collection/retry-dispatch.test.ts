import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { RetryDispatch } from '../../../gateway/collection/retry-dispatch.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { SITE } from '../ingest/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { AT } from '../stores/state-samples.ts';

const scratch = scratchPaths();
const [LINE] = SITE.lines;
const [METER] = SITE.meters;
const IDS = Array.from({ length: 45 }, (_, i) => `r${String(i).padStart(2, '0')}`);

let state: StateStore;
let clock: ManualClock;
let retries: RetryDispatch;

beforeEach(async () => {
  if (!LINE || !METER) throw new Error('BUG: the site has no line');
  state = await openSqliteStateStore(scratch('state.sqlite'));
  clock = new ManualClock(AT);
  // Forty meters on one line, five on another of the same collector.
  const lines = [...SITE.lines, { ...LINE, id: 'second' }];
  const meters = IDS.map((id, i) => ({ ...METER, id, no: id, line: i < 40 ? LINE.id : 'second' }));
  const registry = new RegistryIndex({ ...SITE, lines, meters });
  retries = new RetryDispatch({ jobs: state.jobs, registry, clock, logger: quietLogger() });
  await state.jobs.add(
    {
      ...{ id: 'retry', kind: 'freeze-day', items: ['energy_import_wh'], slot: AT - 1, askedBy: 'k' },
      ...{ idempotencyKey: null, requestDigest: '', createdAt: AT, timeoutS: 600 },
      retry: { task: 'freeze-day', estimateS: 60, rejected: [] },
    },
    IDS,
  );
});
afterEach(() => state.close());

const portions = () => state.jobs.open();

async function fail(portion: string, meters: readonly string[]): Promise<void> {
  const result = { slot: AT - 1, meterTime: null, readAt: AT, values: null, reason: 'no_answer', detail: '' } as const;
  await state.jobs.end(
    meters.map((meter) => ({ job: portion, meter, ...result })),
    'collector',
    AT,
  );
}

describe('a retry', () => {
  it('gives every line a portion at a time, and the next one when the last is nearly done', async () => {
    await retries.tick();
    await retries.tick();
    const [first, ...others] = await portions();
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      portionOf: 'retry',
      kind: 'freeze-day',
      slot: AT - 1,
      retry: { task: 'freeze-day' },
    });
    expect(await state.jobs.openMeters(first?.id ?? '')).toEqual([...IDS.slice(0, 20), ...IDS.slice(40)]);
    expect((await state.jobs.get('retry'))?.job.state).toBe('running');

    await fail(first?.id ?? '', IDS.slice(0, 14));
    await retries.tick();
    expect(await portions()).toHaveLength(1);
    await fail(first?.id ?? '', IDS.slice(14, 15));
    await retries.tick();
    const second = (await portions()).find(({ id }) => id !== first?.id);
    expect(await state.jobs.openMeters(second?.id ?? '')).toEqual(IDS.slice(20, 35));
  });

  it('goes on after a restart where it was, since the store alone knows', async () => {
    await retries.tick();
    for (let round = 0; round < 5; round++) {
      for (const { id } of await portions()) await fail(id, await state.jobs.openMeters(id));
      await retries.tick();
    }
    expect((await state.jobs.get('retry'))?.counts).toMatchObject({ asked: 45, failed: 45, open: 0 });
    expect((await state.jobs.get('retry'))?.job.state).toBe('done');
    expect(await portions()).toEqual([]);
  });

  it('is over when its time is over, with a reason for every read that is open', async () => {
    await retries.tick();
    await clock.advance(600_000);
    await retries.tick();
    expect((await state.jobs.get('retry'))?.counts).toMatchObject({ failed: 45, open: 0 });
    expect((await state.jobs.reads('retry', 1, ''))[0]?.result?.reason).toBe('deadline_missed');
  });
});
