import { beforeEach, describe, expect, it } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { Metrics } from '#platform/metrics.ts';
import type { StateStore } from '#stores/state-store.ts';
import { JobDispatch } from '../../../gateway/collection/job-dispatch.ts';
import { type OutageObserver, observeOutages } from '../../../gateway/outages/outage-metrics.ts';
import { PROBE_ASKER, PROBE_ITEMS, type ProbeLimits, Prober } from '../../../gateway/outages/prober.ts';
import { NOW } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { AREA, CUSTOMERS, outage } from './at-work.ts';

const { place } = centresOf(AREA);
const ID = 'outage-a1-1';
let state: StateStore;
let clock: ManualClock;
let engine: ScriptedEngine;
let metrics: Metrics;
let observer: OutageObserver;

beforeEach(async () => {
  ({ state } = await place().stores());
  clock = new ManualClock(NOW);
  engine = new ScriptedEngine();
  metrics = new Metrics({ process: 'test', runtime: false });
  observer = observeOutages(metrics, engine);
  engine.outages.set(ID, outage());
});

function prober(limits: Partial<ProbeLimits> = {}): Prober {
  return new Prober({
    jobs: state.jobs,
    engine,
    limits: { atOnce: 100, perMinute: 100, ...limits },
    observer,
    clock,
  });
}

function wish(...meters: string[]): void {
  engine.wanted.push({ outage: ID, why: 'confirm', meters });
}

/** Meters of each open job. */
async function asked(): Promise<string[][]> {
  const jobs = await state.jobs.open();
  return Promise.all(jobs.map(({ id }) => state.jobs.openMeters(id)));
}

function answers(...meters: string[]) {
  return meters.map((meter) => ({ meter, readAt: clock.now(), reason: null }));
}

describe('the probes', () => {
  it('are live reads of a few values, as a job of the outage engine', async () => {
    wish('m0', 'm1');
    await prober().tick();
    expect(await state.jobs.open()).toMatchObject([
      { kind: 'instant', items: [...PROBE_ITEMS], slot: null, askedBy: PROBE_ASKER, timeoutS: 30 },
    ]);
    expect(await asked()).toEqual([['m0', 'm1']]);
  });

  it('never read a meter twice at once', async () => {
    const probes = prober();
    wish('m0', 'm1');
    await probes.tick();
    wish('m1', 'm2');
    await probes.tick();
    expect((await asked()).toSorted()).toEqual([['m0', 'm1'], ['m2']]);
    probes.heard(answers('m1'));
    wish('m1');
    await probes.tick();
    expect(await asked()).toHaveLength(3);
  });

  it('are no more at once than is allowed, and the rest follows when there is room', async () => {
    const probes = prober({ atOnce: 3 });
    wish(...CUSTOMERS.slice(0, 5));
    await probes.tick();
    await probes.tick();
    expect((await asked()).flat()).toEqual(['m0', 'm1', 'm2']);
    probes.heard(answers('m0', 'm1'));
    await probes.tick();
    expect((await asked()).flat().toSorted()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  it('are no more in a minute than is allowed', async () => {
    const probes = prober({ perMinute: 4 });
    wish(...CUSTOMERS.slice(0, 6));
    await probes.tick();
    probes.heard(answers('m0', 'm1', 'm2', 'm3'));
    await clock.advance(59_000);
    await probes.tick();
    expect((await asked()).flat()).toHaveLength(4);
    await clock.advance(2000);
    await probes.tick();
    expect((await asked()).flat()).toHaveLength(6);
  });

  it('are not made any more for what is over', async () => {
    const probes = prober({ atOnce: 1 });
    wish('m0', 'm1');
    await probes.tick();
    engine.outages.clear();
    probes.heard(answers('m0'));
    await probes.tick();
    expect((await asked()).flat()).toEqual(['m0']);
  });

  it('that get no word from the collector make room again, and are no silence', async () => {
    const probes = prober({ atOnce: 1 });
    wish('m0', 'm1');
    await probes.tick();
    const dispatch = new JobDispatch({
      jobs: state.jobs,
      registry: new RegistryIndex(AREA),
      collectors: { heard: () => undefined },
      mqtt: { publish: async () => {} },
      clock,
      logger: quietLogger(),
    });
    await clock.advance(36_000);
    await dispatch.tick();
    expect(await state.jobs.open()).toEqual([]);
    await clock.advance(5000);
    await probes.tick();
    expect((await asked()).flat()).toEqual(['m1']);
    expect(await metrics.text()).toContain('meterway_outage_probes_total{end="nothing",process="test"} 1');
    expect(await metrics.text()).toContain('meterway_outage_probes_total{end="silent",process="test"} 0');
  });

  it('are counted by their end', async () => {
    const probes = prober();
    wish('m0', 'm1', 'm2');
    await probes.tick();
    probes.heard([
      ...answers('m0', 'stranger'),
      { meter: 'm1', readAt: NOW, reason: 'no_answer' },
      { meter: 'm2', readAt: NOW, reason: 'line_down' },
    ]);
    const text = await metrics.text();
    for (const [end, count] of Object.entries({ sent: 3, answered: 1, silent: 1, nothing: 1 })) {
      expect(text).toContain(`meterway_outage_probes_total{end="${end}",process="test"} ${count}`);
    }
  });

  it('that are under way when the process ends are not made again by the next', async () => {
    wish('m0', 'm1');
    await prober().tick();
    const again = prober();
    await again.adopt();
    wish('m0', 'm2');
    await again.tick();
    expect((await asked()).toSorted()).toEqual([['m0', 'm1'], ['m2']]);
    await clock.advance(41_000);
    wish('m0');
    await again.tick();
    expect((await asked()).flat().filter((id) => id === 'm0')).toHaveLength(2);
  });

  it('that the store did not take are asked for again', async () => {
    const { jobs } = state;
    let isBusy = true;
    const busy = {
      open: () => jobs.open(),
      openMeters: (id: string) => jobs.openMeters(id),
      add: (...args: Parameters<typeof jobs.add>) => (isBusy ? Promise.reject(new Error('busy')) : jobs.add(...args)),
    };
    const probes = new Prober({
      jobs: busy,
      engine,
      limits: { atOnce: 9, perMinute: 9 },
      observer: { probed: () => {} },
      clock,
    });
    wish('m0');
    await expect(probes.tick()).rejects.toThrow('busy');
    isBusy = false;
    await probes.tick();
    expect((await asked()).flat()).toEqual(['m0']);
  });
});
