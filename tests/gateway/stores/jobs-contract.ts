import { describe, expect, test } from 'vitest';
import type { Job, JobResult } from '#stores/job-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AT } from './state-samples.ts';

const job = (id: string, fields: Partial<Job> = {}): Job => ({
  id,
  kind: 'instant',
  items: ['voltage_a_v', 'energy_import_wh'],
  slot: null,
  askedBy: 'k1',
  idempotencyKey: null,
  requestDigest: 'd',
  createdAt: AT,
  timeoutS: 60,
  ...fields,
});

const result = (id: string, meter: string, fields: Partial<JobResult> = {}): JobResult => ({
  job: id,
  meter,
  slot: AT,
  meterTime: null,
  readAt: AT + 500,
  values: { voltage_a_v: 230.4, energy_import_wh: 1e12 },
  reason: null,
  detail: '',
  ...fields,
});

const failure = (id: string, meter: string, fields: Partial<JobResult> = {}): JobResult =>
  result(id, meter, { values: null, reason: 'no_answer', detail: '超时 1500 ms', ...fields });

export function describeJobs(fresh: () => Promise<StateStore>): void {
  describe('jobs', () => {
    test('a job comes back as it was added, with its reads open and by meter', async () => {
      const { jobs } = await fresh();
      expect(await jobs.get('j1')).toBeNull();
      const slot = job('j1', { kind: 'freeze-day', slot: AT - 1, items: [], timeoutS: 600 });
      const stored = { ...slot, state: 'queued', closedAt: null };
      expect(await jobs.add(slot, ['m2', 'm1', 'm10'])).toEqual(stored);
      expect(await jobs.get('j1')).toEqual({ job: stored, counts: { asked: 3, answered: 0, failed: 0, open: 3 } });
      expect(await jobs.openMeters('j1')).toEqual(['m1', 'm10', 'm2']);
      expect(await jobs.reads('j1', 2, '')).toEqual([
        { meter: 'm1', result: null },
        { meter: 'm10', result: null },
      ]);
      expect(await jobs.reads('j1', 2, 'm10')).toEqual([{ meter: 'm2', result: null }]);
      expect(await jobs.openReads()).toBe(3);
    });

    test('the same name of a request of the same asker makes one job, also when both come at once', async () => {
      const { jobs } = await fresh();
      const named = (id: string, fields: Partial<Job> = {}) => job(id, { idempotencyKey: 'again', ...fields });
      const both = await Promise.all([jobs.add(named('j1'), ['m1']), jobs.add(named('j2'), ['m1'])]);
      expect(both.map(({ id }) => id)).toEqual(['j1', 'j1']);
      expect((await jobs.add(named('j3', { requestDigest: 'other' }), ['m9'])).requestDigest).toBe('d');
      expect((await jobs.add(named('j4', { askedBy: 'k2' }), ['m1'])).id).toBe('j4');
      for (const id of ['j5', 'j6']) expect((await jobs.add(job(id), ['m1'])).id).toBe(id);
      expect((await jobs.open()).map(({ id }) => id)).toEqual(['j1', 'j4', 'j5', 'j6']);
      expect(await jobs.openReads()).toBe(4);
    });

    test('a job runs when a collector has it, and is done with its last read', async () => {
      const { jobs } = await fresh();
      await jobs.add(job('j1'), ['m1', 'm2', 'm3']);
      await jobs.started('j1');
      expect((await jobs.open()).map(({ state }) => state)).toEqual(['running']);
      expect(await jobs.end([result('j1', 'm1'), failure('j1', 'm2')], 'collector', AT + 600)).toBe(2);
      const counts = { asked: 3, answered: 1, failed: 1, open: 1 };
      expect(await jobs.get('j1')).toMatchObject({ job: { state: 'running', closedAt: null }, counts });
      await jobs.end([result('j1', 'm3', { values: {} })], 'collector', AT + 700);
      expect(await jobs.get('j1')).toMatchObject({
        job: { state: 'done', closedAt: AT + 700 },
        counts: { asked: 3, answered: 2, failed: 1, open: 0 },
      });
      expect([await jobs.open(), await jobs.openReads(), await jobs.openMeters('j1')]).toEqual([[], 0, []]);
      await jobs.started('j1');
      expect((await jobs.get('j1'))?.job.state).toBe('done');
      const { job: _job, meter: _meter, ...told } = failure('j1', 'm2');
      expect((await jobs.reads('j1', 9, ''))[1]).toEqual({ meter: 'm2', result: told });
    });

    test('what a collector tells stays, and replaces what the centre told for want of it', async () => {
      const { jobs } = await fresh();
      await jobs.add(job('j1'), ['m1', 'm2']);
      await jobs.end([result('j1', 'm1')], 'collector', AT);
      const missed = ['m1', 'm2'].map((meter) => failure('j1', meter, { reason: 'deadline_missed' }));
      expect(await jobs.end(missed, 'centre', AT + 1)).toBe(1);
      expect(await jobs.end(missed, 'centre', AT + 2)).toBe(0);
      const done = { job: { state: 'done', closedAt: AT + 1 } };
      expect(await jobs.get('j1')).toMatchObject({ ...done, counts: { answered: 1, failed: 1, open: 0 } });
      expect(await jobs.end([result('j1', 'm2')], 'collector', AT + 3)).toBe(1);
      expect(await jobs.get('j1')).toMatchObject({ ...done, counts: { answered: 2, failed: 0, open: 0 } });
      expect(await jobs.end([failure('j1', 'm2'), failure('j1', 'm1')], 'collector', AT + 4)).toBe(0);
      expect((await jobs.reads('j1', 9, '')).map(({ result: told }) => told?.reason)).toEqual([null, null]);
    });

    test('results that nobody asked for are passed over', async () => {
      const { jobs } = await fresh();
      await jobs.add(job('j1'), ['m1']);
      expect(await jobs.end([result('j1', 'm2'), result('none', 'm1')], 'collector', AT)).toBe(0);
      expect(await jobs.end([], 'collector', AT)).toBe(0);
      expect(await jobs.get('none')).toBeNull();
      expect(await jobs.openReads()).toBe(1);
    });

    test('a job of 500 meters is ended in one go', async () => {
      const { jobs } = await fresh();
      const meters = Array.from({ length: 500 }, (_, i) => `m${i}`);
      await jobs.add(job('j1'), meters);
      expect(
        await jobs.end(
          meters.map((meter) => result('j1', meter)),
          'collector',
          AT,
        ),
      ).toBe(500);
      expect(await jobs.get('j1')).toMatchObject({ job: { state: 'done' }, counts: { asked: 500, answered: 500 } });
    });

    test('old jobs are forgotten with their reads, younger ones are not', async () => {
      const { jobs } = await fresh();
      await jobs.add(job('j1', { createdAt: AT - 1 }), ['m1']);
      await jobs.add(job('j2'), ['m1']);
      await jobs.forgetBefore(AT);
      expect(await jobs.get('j1')).toBeNull();
      expect(await jobs.reads('j1', 9, '')).toEqual([]);
      expect((await jobs.get('j2'))?.counts.asked).toBe(1);
    });

    test('what ends a read of a portion ends that of its retry, and the retry is no job for the field', async () => {
      const { jobs } = await fresh();
      const retry = { task: 'freeze-day', estimateS: 12, rejected: [{ meter: 'm9', why: 'too old' }] };
      const whole = job('r1', { kind: 'freeze-day', slot: AT - 1, retry });
      await jobs.add(whole, ['m1', 'm2', 'm3']);
      const portion = { ...whole, id: 'p1', portionOf: 'r1', retry: { ...retry, rejected: [] } };
      await jobs.add(portion, ['m1', 'm2']);
      expect((await jobs.get('r1'))?.job).toMatchObject(whole);
      expect((await jobs.open()).map(({ id }) => id)).toEqual(['p1']);
      expect((await jobs.openRetries()).map(({ id }) => id)).toEqual(['r1']);
      expect(await jobs.openReads()).toBe(3);
      expect(await jobs.retriedNow('r1')).toEqual(['m1', 'm2']);
      await jobs.end([failure('p1', 'm1')], 'centre', AT + 1);
      await jobs.end([result('p1', 'm1'), failure('p1', 'm2')], 'collector', AT + 2);
      expect((await jobs.get('r1'))?.counts).toEqual({ asked: 3, answered: 1, failed: 1, open: 1 });
      expect((await jobs.get('p1'))?.job.state).toBe('done');
      expect(await jobs.retriedNow('r1')).toEqual([]);
      expect(await jobs.openMeters('r1')).toEqual(['m3']);
      await jobs.end([failure('r1', 'm3')], 'centre', AT + 3);
      expect((await jobs.get('r1'))?.job).toMatchObject({ state: 'done', closedAt: AT + 3 });
      expect(await jobs.openRetries()).toEqual([]);
    });

    test('a job without reads is ended by itself, one with reads is not', async () => {
      const { jobs } = await fresh();
      await jobs.add(job('j1'), []);
      await jobs.add(job('j2'), ['m1']);
      for (const id of ['j1', 'j2']) await jobs.endEmpty(id, AT + 1);
      expect((await jobs.get('j1'))?.job.state).toBe('done');
      expect((await jobs.get('j2'))?.job.state).toBe('queued');
    });
  });
}
