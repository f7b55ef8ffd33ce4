import { expect, it } from 'vitest';
import type { CollectorStatus, LineStatus } from '#contract/status.ts';
import { Metrics } from '#platform/metrics.ts';
import { observe } from '../../collector/metrics.ts';

function line(id: string, overrides: Partial<LineStatus> = {}): LineStatus {
  const frames = { requests: 9, replies: 7, timeouts: 1, damaged: 1, strays: 0 };
  const state = { state: 'up', reason: null, detail: '', lastGoodAt: null } as const;
  return { id, ...state, ...frames, breakersOpen: 0, waiting: 0, ...overrides };
}

function status(overrides: Partial<CollectorStatus>): CollectorStatus {
  return {
    v: 1,
    online: true,
    instance: 'i',
    startedAt: 0,
    host: 'h',
    at: 0,
    epoch: 'e',
    version: '1',
    planVersion: 'p',
    spool: { rows: 42, bytes: 4096, oldestAt: null, lastSeq: 50 },
    ledger: { due: 11, answered: 5, failed: 2, open: 4 },
    lines: [line('L1'), line('L2', { state: 'down' })],
    ...overrides,
  };
}

/** Sample lines of our own metrics, without the label that all of them carry. */
async function samples(metrics: Metrics): Promise<string[]> {
  const text = await metrics.text();
  return text
    .split('\n')
    .filter((each) => each.startsWith('meterway_'))
    .map((each) => each.replace(/,?process="c"/, '').replace('{}', ''));
}

function observed() {
  const metrics = new Metrics({ process: 'c', runtime: false });
  const collector = { inFlight: 3, acked: 8, now: status({}), status: async () => collector.now };
  observe(metrics, collector);
  return { metrics, collector };
}

it('the figures are those of the moment in which they are asked for', async () => {
  const { metrics, collector } = observed();
  expect(await samples(metrics)).toEqual(
    expect.arrayContaining([
      'meterway_collector_due_reads{state="due"} 11',
      'meterway_collector_due_reads{state="answered"} 5',
      'meterway_collector_due_reads{state="failed"} 2',
      'meterway_collector_due_reads{state="open"} 4',
      'meterway_spool_rows 42',
      'meterway_spool_bytes 4096',
      'meterway_uplink_acked_rows 8',
      'meterway_uplink_envelopes_in_flight 3',
      'meterway_line_up{line="L1"} 1',
      'meterway_line_up{line="L2"} 0',
      'meterway_line_frames{line="L1",kind="timeouts"} 1',
      'meterway_line_frames{line="L2",kind="requests"} 9',
    ]),
  );
  collector.now = status({ spool: { rows: 0, bytes: 4096, oldestAt: null, lastSeq: 50 } });
  expect(await samples(metrics)).toContain('meterway_spool_rows 0');
});

it('a line that the plan has no more is not shown as it was last', async () => {
  const { metrics, collector } = observed();
  expect((await samples(metrics)).filter((each) => each.includes('L2'))).toHaveLength(6);
  collector.now = status({ lines: [line('L1')] });
  expect((await samples(metrics)).filter((each) => each.includes('L2'))).toEqual([]);
  expect((await samples(metrics)).filter((each) => each.includes('L1'))).toHaveLength(6);
});
