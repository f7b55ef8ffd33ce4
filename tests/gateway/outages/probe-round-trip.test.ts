import { describe, expect, it } from 'vitest';
import type { Batch } from '#contract/envelope.ts';
import { ON_DEMAND } from '#contract/job.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { StateStore } from '#stores/state-store.ts';
import { JobResults } from '../../../gateway/collection/job-results.ts';
import { instead, NOW, outcomeBatch, readingBatch } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { AREA, judged, NOTHING_JUDGED, outage, watchOver } from './at-work.ts';

const { place } = centresOf(AREA);
const PROBES = { atOnce: 10, perMinute: 100 };

async function stateOf(): Promise<StateStore> {
  return (await place().stores()).state;
}

/** A watch with an incident that wants to know of m0 and m1, and the id of the job that it made of that. */
async function probing() {
  const state = await stateOf();
  const engine = new ScriptedEngine();
  const found = await watchOver(state, { engine, probes: PROBES });
  engine.script.push({ changed: [outage({ state: 'unconfirmed' })] });
  await found.watch.watch(NOTHING_JUDGED);
  engine.wanted.push({ outage: 'outage-a1-1', why: 'confirm', meters: ['m0', 'm1'] });
  await found.watch.tick();
  const [job] = await state.jobs.open();
  if (!job) throw new Error('no probe was made');
  return { ...found, state, job: job.id };
}

function ofJob(job: string, batch: Batch): Batch {
  if (batch.stream === 'event') throw new Error('events are of no job');
  return { ...batch, job };
}

describe('a probe', () => {
  it('comes back as evidence, before anybody else has ended its job', async () => {
    const { watch, engine, job, state, clock, logger } = await probing();
    const answer = judged(
      AREA,
      ofJob(job, readingBatch(ON_DEMAND, ['voltage_a_v'], [['m0', NOW, 231]])),
      ofJob(job, outcomeBatch(ON_DEMAND, { meter: 'm1', at: NOW + 20_000 })),
    );
    for (const watcher of [watch, new JobResults(state.jobs, clock, logger)]) await watcher.watch(answer);
    expect(engine.taken).toMatchObject([
      { fact: 'voltage_on', meter: 'm0', at: NOW + 20_000 },
      { fact: 'answered', meter: 'm0' },
      { fact: 'silent', meter: 'm1', at: NOW + 20_000 },
    ]);
    expect(await state.jobs.open()).toEqual([]);
  });

  it('is not made twice because the evidence of its answer is handed over twice', async () => {
    const { watch, engine, job, state } = await probing();
    const answer = judged(AREA, ofJob(job, readingBatch(ON_DEMAND, ['voltage_a_v'], [['m0', NOW, 231]])));
    await watch.watch(answer);
    await watch.watch(answer);
    engine.wanted.push({ outage: 'outage-a1-1', why: 'confirm', meters: ['m1'] });
    await watch.tick();
    expect(await state.jobs.open()).toHaveLength(1);
  });

  it('goes on after a restart: its meters are not asked again while they are being read', async () => {
    const { state } = await probing();
    const engine = new ScriptedEngine();
    const again = await watchOver(state, { engine, probes: PROBES });
    engine.wanted.push({ outage: 'outage-a1-1', why: 'confirm', meters: ['m0', 'm2'] });
    await again.watch.tick();
    const jobs = await state.jobs.open();
    const meters = await Promise.all(jobs.map(({ id }) => state.jobs.openMeters(id)));
    expect(meters.toSorted()).toEqual([['m0', 'm1'], ['m2']]);
  });
});

describe('the tick of the outage watch', () => {
  it('works out what a collector says of itself', async () => {
    const { watch, engine } = await watchOver(await stateOf());
    const status = { online: false, lines: [] } as never;
    watch.heard({ district: 'd1', collector: 'c1', status, receivedAt: NOW });
    watch.heard({ district: 'd1', collector: 'c1', status, receivedAt: NOW + 30_000 });
    expect(engine.taken).toEqual([{ fact: 'way_down', way: 'collector', id: 'c1', at: NOW, seenAt: NOW }]);
  });

  it('finds without any evidence what time alone brings about', async () => {
    const state = await stateOf();
    const { watch, engine } = await watchOver(state);
    engine.script.push({ changed: [outage({ overrun: true })] });
    await watch.tick();
    expect(await state.outages.get('outage-a1-1')).toMatchObject({ overrun: true });
  });

  it('passes over a store that is busy, and writes with the next one', async () => {
    const state = await stateOf();
    const busy = [new MeterwayError('cannot write: busy', { code: 'busy', next: 'retry' })];
    const store = instead(state.outages, 'commit', (commit) => (changes) => {
      const error = busy.shift();
      return error ? Promise.reject(error) : commit(changes);
    });
    const { watch, engine, logger } = await watchOver(state, { store });
    engine.script.push({ changed: [outage()] });
    await watch.tick();
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    await watch.tick();
    expect(await state.outages.get('outage-a1-1')).toEqual(outage());
  });

  it('says in a line a minute what happens in a storm', async () => {
    const { watch, engine, logger } = await watchOver(await stateOf());
    engine.storm = true;
    engine.script.push({ changed: [outage({ id: 'o1' }), outage({ id: 'o2' })] });
    await watch.watch(NOTHING_JUDGED);
    await watch.tick();
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { opened: 2 } }]);
  });
});
