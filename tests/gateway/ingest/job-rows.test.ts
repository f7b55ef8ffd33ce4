import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import type { Job } from '#stores/job-store.ts';
import { JobResults } from '../../../gateway/collection/job-results.ts';
import { type Centre, envelope, NOW, outcomeBatch, powerDowns, readingBatch, SLOT } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { SITE } from './site.ts';

const { start: open, place } = centresOf(SITE);

const JOB: Job = {
  id: 'j1',
  kind: 'freeze-day',
  items: ['energy_import_wh', 'voltage_a_v'],
  slot: SLOT,
  askedBy: 'k1',
  idempotencyKey: null,
  requestDigest: '',
  createdAt: SLOT,
  timeoutS: 60,
};

/** A centre that knows a job for m1, m2 and m3. */
async function start(): Promise<Centre> {
  const at = place();
  const { state } = await at.stores();
  await state.jobs.add(JOB, ['m1', 'm2', 'm3', 'x1']);
  const watcher: JobResults[] = [];
  const centre = await open(at, { watchers: [{ watch: (judged) => watcher[0]?.watch(judged) ?? Promise.resolve() }] });
  watcher.push(new JobResults(state.jobs, centre.clock, centre.logger));
  return centre;
}

const ofJob = (batch: Batch, job = 'j1'): Batch => ({ ...batch, task: 'on-demand', job });
const read = (meter: string, wh: number, slot = SLOT): Batch =>
  ofJob(readingBatch('on-demand', ['energy_import_wh', 'voltage_a_v'], [[meter, slot, wh, null]]));

describe('results of a job', () => {
  it('stand where the asker looks, and nowhere in readings, ledger and baselines', async () => {
    const centre = await start();
    const rows = [read('m1', 5000), ofJob(outcomeBatch('on-demand', { meter: 'm2', detail: 'timeout' }))];
    expect(await centre.commit('c1', envelope(1, rows))).toMatchObject({ upTo: 2 });
    const [m1, m2, m3] = await centre.state.jobs.reads('j1', 9, '');
    expect(m1?.result).toEqual({
      slot: SLOT,
      meterTime: null,
      readAt: SLOT + 20_000,
      values: { energy_import_wh: 5000 },
      reason: null,
      detail: '',
    });
    expect(m2?.result).toMatchObject({ values: null, reason: 'no_answer', detail: 'timeout', readAt: SLOT + 60_000 });
    expect(m3?.result).toBeNull();
    for (const task of ['on-demand', 'freeze-day']) {
      expect(await centre.readings.ofSlot(task, SLOT, ['m1'])).toEqual([]);
      expect(await centre.state.ledger.outcomes(task, [SLOT])).toEqual([]);
    }
    expect(await centre.state.ledger.baselines()).toEqual([]);
    expect(centre.counted).toMatchObject({ committed: 0, quarantined: 0 });
  });

  it('that come again change nothing, and are acked', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [read('m1', 5000)]));
    await centre.commit('c1', envelope(1, [read('m1', 5000)], { epoch: 'e2' }));
    await centre.commit('c1', envelope(2, [read('m1', 6000)], { epoch: 'e2' }));
    expect((await centre.state.jobs.reads('j1', 1, ''))[0]?.result?.values).toEqual({ energy_import_wh: 5000 });
    expect(centre.acks).toHaveLength(3);
  });

  it('bring the events of their meter to all other events', async () => {
    const centre = await start();
    await centre.commit(
      'c1',
      envelope(1, [ofJob(readingBatch('x', [], [['m3', SLOT]])), ofJob(powerDowns(['m3', SLOT, null]))]),
    );
    expect(await centre.state.ledger.eventsOfMeter('m3', SLOT, SLOT + 1)).toMatchObject([{ start: SLOT, end: null }]);
    expect((await centre.state.jobs.get('j1'))?.counts).toMatchObject({ answered: 1, open: 3 });
  });

  it('that cannot be are set aside: of a meter of another collector, or ahead of the clock', async () => {
    const centre = await start();
    await centre.commit('c1', envelope(1, [read('x1', 1), read('m9', 1), read('m1', 1, NOW + 3_600_000)]));
    expect(await centre.state.ledger.quarantineCounts()).toEqual([
      { kind: 'future', count: 1 },
      { kind: 'unknown_meter', count: 2 },
    ]);
    expect((await centre.state.jobs.get('j1'))?.counts.open).toBe(4);
  });

  it('of an unknown job, and such as will be tried again, are passed over and acked', async () => {
    const centre = await start();
    const again = ofJob(outcomeBatch('on-demand', { meter: 'm1', final: false }));
    const unknown = ofJob(outcomeBatch('on-demand', { meter: 'm1' }), 'j9');
    expect(await centre.commit('c1', envelope(1, [again, unknown]))).toMatchObject({ upTo: 2 });
    expect((await centre.state.jobs.get('j1'))?.counts.open).toBe(4);
    expect(centre.failure).toBeNull();
  });

  it('of a retry count as readings of its task as well, while its failures leave the ledger alone', async () => {
    const centre = await start();
    const again = (batch: Batch): Batch => ({ ...batch, task: 'freeze-day', job: 'j1' });
    const rows = [
      again(readingBatch('freeze-day', ['energy_import_wh'], [['m1', SLOT, 5000]])),
      again(outcomeBatch('freeze-day', { meter: 'm2' })),
    ];
    await centre.commit('c1', envelope(1, rows));
    expect(await centre.readings.ofSlot('freeze-day', SLOT, ['m1'])).toMatchObject([
      { quality: 'valid', values: { energy_import_wh: 5000 } },
    ]);
    expect(await centre.state.ledger.outcomes('freeze-day', [SLOT])).toEqual([]);
    expect((await centre.state.jobs.get('j1'))?.counts).toMatchObject({ answered: 1, failed: 1 });
  });
});
