import { expect, it } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import { MeterwayError } from '#platform/errors.ts';
import { Metrics } from '#platform/metrics.ts';
import { observedStores } from '../../../gateway/ingest/observed-stores.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ACK: Ack = { v: 1, epoch: 'e', upTo: 1, seen: 1, gaps: [] };
const NOTHING = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [] };

it('times each step of a commit, counts its failures by code and the acks, and changes nothing', async () => {
  const metrics = new Metrics({ process: 'gateway', runtime: false });
  const clock = new ManualClock(0);
  const busy = new MeterwayError('cannot write', { code: 'store_busy', next: 'retry' });
  let writes = 0;
  const sent: unknown[] = [];
  const stores = observedStores(metrics, clock, {
    readings: {
      write: async () => {
        await clock.advance(40);
        if (++writes === 1) throw busy;
        return { stored: 3, repeated: 0, conflicts: [] };
      },
    },
    ledger: { commit: () => Promise.reject(new TypeError('x is not a function')) },
    watchers: [],
    sendAck: (...given) => void sent.push(given),
  });

  await expect(stores.readings.write([])).rejects.toBe(busy);
  expect(await stores.readings.write([])).toEqual({ stored: 3, repeated: 0, conflicts: [] });
  await expect(stores.ledger.commit(NOTHING)).rejects.toThrow('x is not a function');
  stores.sendAck('d1', 'c1', ACK);

  expect(sent).toEqual([['d1', 'c1', ACK]]);
  const text = (await metrics.text()).replace(/,?process="gateway",?/g, '');
  expect(text).toContain('meterway_ingest_step_seconds_sum{step="readings"} 0.04');
  expect(text).toContain('meterway_ingest_step_seconds_count{step="readings"} 1');
  expect(text).toContain('meterway_ingest_store_failures_total{step="readings",reason="store_busy"} 1');
  expect(text).toContain('meterway_ingest_store_failures_total{step="ledger",reason="bug"} 1');
  expect(text).toContain('meterway_ingest_acks_total{} 1');
});
