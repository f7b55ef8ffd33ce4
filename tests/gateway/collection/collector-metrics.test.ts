import { expect, it } from 'vitest';
import type { CollectorStatus } from '#contract/status.ts';
import { Metrics } from '#platform/metrics.ts';
import type { StoredStatus } from '#stores/state-store.ts';
import { observeCollectors } from '../../../gateway/collection/collector-metrics.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { AT, status } from '../stores/state-samples.ts';

const REGISTRY = {
  collectors: [
    { id: 'c1', district: 'd1' },
    { id: 'c2', district: 'd2' },
  ],
};

function observed() {
  const metrics = new Metrics({ process: 'gateway', runtime: false });
  const clock = new ManualClock(AT);
  const saved: StoredStatus[] = [];
  const store = {
    save: async (each: StoredStatus) => void saved.push(each),
    all: async () => saved,
  };
  const statuses = observeCollectors(metrics, { store, registry: REGISTRY, clock });
  const told = (overrides: Partial<CollectorStatus>): Promise<void> =>
    statuses.save({ district: 'd1', collector: 'c1', status: status(overrides), receivedAt: clock.now() });
  const samples = async (collector: string): Promise<Record<string, number>> => {
    const found = (await metrics.text()).matchAll(
      new RegExp(
        `^meterway_centre_collector_(\\w+)\\{district="d.",collector="${collector}"(?:,kind="(\\w+)")?,process="gateway"\\} (\\S+)$`,
        'gm',
      ),
    );
    return Object.fromEntries(
      [...found].map(([, name, kind, value]) => [kind ? `${name} ${kind}` : name, Number(value)]),
    );
  };
  return { clock, told, samples, saved };
}

it('a collector that was never heard is offline, and silent since the process started', async () => {
  const { clock, samples } = observed();
  await clock.advance(90_000);
  expect(await samples('c2')).toEqual({ online: 0, silent_seconds: 90 });
});

it('what a collector tells is shown, and stored all the same', async () => {
  const { clock, told, samples, saved } = observed();
  await clock.advance(5000);
  const spool = {
    ...{ rows: 100, kept: 300, bytes: 500, maxBytes: 1000, oldestAt: AT - 60_000, lastSeq: 400, damaged: 2 },
    dropped: { curve: 7, outcome: 0, event: 0, freeze: 1, total: 8 },
  };
  await told({ online: true, at: AT, spool });
  await clock.advance(10_000);
  expect(await samples('c1')).toEqual({
    ...{ online: 1, silent_seconds: 10, backlog_rows: 100, oldest_result_seconds: 60, damaged_rows: 2 },
    // Half of the quota is in use, and three quarters of that is committed.
    spool_used_ratio: 0.125,
    ...{ 'dropped_rows_total curve': 7, 'dropped_rows_total outcome': 0 },
    ...{ 'dropped_rows_total event': 0, 'dropped_rows_total freeze': 1 },
  });
  expect(saved).toHaveLength(1);
});

it('is offline when it says so, or says nothing for two minutes', async () => {
  const { clock, told, samples } = observed();
  await told({ online: true });
  await clock.advance(119_000);
  expect((await samples('c1'))['online']).toBe(1);
  await clock.advance(1000);
  expect((await samples('c1'))['online']).toBe(0);
  await told({ online: true });
  expect((await samples('c1'))['online']).toBe(1);
  await told({ online: false });
  expect((await samples('c1'))['online']).toBe(0);
});
