import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { AddressStatus, CollectorStatus, LineStatus } from '#contract/status.ts';
import { Metrics } from '#platform/metrics.ts';
import { observe, observeSpoolCommits } from '../../collector/metrics.ts';
import { Spool } from '../../collector/spool/spool.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const scratch = scratchPaths();

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

const ADDRESS: AddressStatus & { line: string } = {
  line: 'L1',
  address: '12',
  meter: 'm12',
  reason: 'no_answer',
  leftAlone: true,
  lastGoodAt: 1_700_000_000_000,
  requests: 9,
  replies: 7,
  timeouts: 2,
  damaged: 0,
  replyMs: { p50: 20, p90: 50, p99: 100 },
  missing: ['0201FF00: error 02'],
};

function observed(mostAddresses = 2000) {
  const metrics = new Metrics({ process: 'c', runtime: false });
  const collector = {
    inFlight: 3,
    acked: 8,
    now: status({}),
    status: async () => collector.now,
    addresses: (most: number) => (most < 2 ? null : [ADDRESS]),
  };
  observe(metrics, collector, { mostAddresses, window: 8 });
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
      'meterway_uplink_acked_rows_total 8',
      'meterway_uplink_window_envelopes 8',
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
  expect((await samples(metrics)).filter((each) => each.includes('L2'))).toHaveLength(11);
  collector.now = status({ lines: [line('L1')] });
  expect((await samples(metrics)).filter((each) => each.includes('L2'))).toEqual([]);
  expect((await samples(metrics)).filter((each) => each.includes('"L1"') && !each.includes('address_'))).toHaveLength(
    11,
  );
});

it('shows how busy a line is, how fast its meters reply and when it is due', async () => {
  const { metrics, collector } = observed();
  collector.now = status({
    lines: [
      line('L1', { usePercent: 37.5, replyMs: { p50: 20, p90: 50, p99: 100 }, nextDueAt: 5000, addressesFailing: 3 }),
    ],
  });
  expect(await samples(metrics)).toEqual(
    expect.arrayContaining([
      'meterway_line_use_ratio{line="L1"} 0.375',
      'meterway_line_reply_seconds{line="L1",quantile="0.99"} 0.1',
      'meterway_line_next_due_timestamp_seconds{line="L1"} 5',
      'meterway_line_addresses{line="L1",state="failing"} 3',
    ]),
  );
});

it('tells of each address only while there are not too many', async () => {
  const some = await samples(observed().metrics);
  expect(some).toEqual(
    expect.arrayContaining([
      'meterway_address_frames{line="L1",address="12",meter="m12",kind="timeouts"} 2',
      'meterway_address_failing{line="L1",address="12",meter="m12",reason="no_answer"} 1',
      'meterway_address_reply_seconds{line="L1",address="12",meter="m12",quantile="0.5"} 0.02',
      'meterway_address_missing_items{line="L1",address="12",meter="m12"} 1',
    ]),
  );
  expect((await samples(observed(1).metrics)).filter((each) => each.includes('address_'))).toEqual([]);
});

it('counts the commits of the spool to the disk, and their time', async () => {
  const metrics = new Metrics({ process: 'c', runtime: false });
  const parts = { clock: new ManualClock(0), logger: quietLogger(), commitMs: 1 };
  const path = scratch('spool.sqlite');
  mkdirSync(dirname(path));
  const spool = await Spool.open(path, { ...parts, onCommit: observeSpoolCommits(metrics) });
  await spool.append([], [], 'at once');
  await spool.append([], [], 'at once');
  await spool.close();
  expect(await samples(metrics)).toContain('meterway_spool_commit_seconds_count 2');
});
