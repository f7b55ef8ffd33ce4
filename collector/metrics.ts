import {
  type AddressStatus,
  type CollectorStatus,
  DROP_KINDS,
  type LineStatus,
  type ReplyTimes,
  type SpoolStatus,
} from '#contract/status.ts';
import type { Metrics } from '#platform/metrics.ts';

interface Observed {
  readonly inFlight: number;
  readonly acked: number;
  status(online: boolean): Promise<CollectorStatus>;
  /** Every address that was read, with its line; null when there are more than `most`. */
  addresses(most: number): readonly (AddressStatus & { readonly line: string })[] | null;
}

const FRAME_KINDS = ['requests', 'replies', 'timeouts', 'damaged', 'strays'] as const;
const QUANTILES = [
  ['p50', '0.5'],
  ['p90', '0.9'],
  ['p99', '0.99'],
] as const;

/** Figures of a collector, computed when they are asked for. Balance: due = answered + failed + open. */
export function observe(
  metrics: Metrics,
  collector: Observed,
  { mostAddresses, window }: { mostAddresses: number; window: number },
): void {
  const ledger = metrics.gauge('collector_due_reads', 'Due reads since the process started, by state', ['state']);
  const acked = metrics.counter('uplink_acked_rows_total', 'Results that the centre has committed');
  const inFlight = metrics.gauge('uplink_envelopes_in_flight', 'Envelopes sent and not committed');
  metrics.gauge('uplink_window_envelopes', 'Most envelopes sent and not committed').set(window);
  const observeSpool = spoolGauges(metrics);
  const observeLines = lineGauges(metrics);
  const observeAddresses = addressGauges(metrics);
  metrics.onScrape(async () => {
    const status = await collector.status(true);
    for (const state of ['due', 'answered', 'failed', 'open'] as const) ledger.set({ state }, status.ledger[state]);
    observeSpool(status.spool);
    acked.reset();
    acked.inc(collector.acked);
    inFlight.set(collector.inFlight);
    observeLines(status.lines);
    observeAddresses(collector.addresses(mostAddresses) ?? []);
  });
}

/** Takes how long each commit of results to the disk of the collector took, ms. */
export function observeSpoolCommits(metrics: Metrics): (tookMs: number) => void {
  const seconds = metrics.histogram(
    'spool_commit_seconds',
    'Time to write a group of results to the spool and to sync it',
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  );
  return (tookMs) => seconds.observe(tookMs / 1000);
}

function spoolGauges(metrics: Metrics): (spool: SpoolStatus) => void {
  const rows = metrics.gauge('spool_rows', 'Results on disk that the centre has not committed');
  const kept = metrics.gauge('spool_kept_rows', 'Committed results on disk, for a centre restored from a backup');
  const bytes = metrics.gauge('spool_bytes', 'Bytes in use of the spool file');
  const quota = metrics.gauge('spool_quota_bytes', 'Most that the spool file may have in use');
  const oldest = metrics.gauge('spool_oldest_timestamp_seconds', 'When the oldest result that waits was written');
  const damaged = metrics.gauge('spool_damaged_rows', 'Results that the disk gave back changed; they are not sent');
  const dropped = metrics.counter(
    'spool_dropped_rows_total',
    'Results given up before the centre had them, since the spool file was made',
    ['kind'],
  );
  return (spool) => {
    rows.set(spool.rows);
    kept.set(spool.kept ?? 0);
    bytes.set(spool.bytes);
    quota.set(spool.maxBytes ?? 0);
    oldest.reset();
    if (spool.oldestAt !== null) oldest.set(spool.oldestAt / 1000);
    damaged.set(spool.damaged ?? 0);
    // The spool counts over restarts; the counter is told what it stands at.
    dropped.reset();
    for (const kind of DROP_KINDS) dropped.inc({ kind }, spool.dropped?.[kind] ?? 0);
  };
}

type Gauge = ReturnType<Metrics['gauge']>;
type Labels = Readonly<Record<string, string>>;

function setQuantiles(gauge: Gauge, labels: Labels, times: ReplyTimes | null | undefined): void {
  if (times) for (const [key, quantile] of QUANTILES) gauge.set({ ...labels, quantile }, times[key] / 1000);
}

function setInstant(gauge: Gauge, labels: Labels, at: number | null | undefined): void {
  if (at) gauge.set(labels, at / 1000);
}

function lineGauges(metrics: Metrics): (lines: readonly LineStatus[]) => void {
  const up = metrics.gauge('line_up', 'Whether the link of a line is open', ['line']);
  const frames = metrics.gauge('line_frames', 'Frames of a line since the process started', ['line', 'kind']);
  const use = metrics.gauge('line_use_ratio', 'Part of the last five minutes that a line spent in exchanges', ['line']);
  const reply = metrics.gauge(
    'line_reply_seconds',
    'From the end of a request to the first byte of its reply, by quantile',
    ['line', 'quantile'],
  );
  const waiting = metrics.gauge('line_due_reads_waiting', 'Due reads waiting on a line', ['line']);
  const nextDue = metrics.gauge('line_next_due_timestamp_seconds', 'When the next read of a line is due', ['line']);
  const lastGood = metrics.gauge('line_last_good_timestamp_seconds', 'When a meter of a line answered last', ['line']);
  const addresses = metrics.gauge('line_addresses', 'Addresses of a line, by state', ['line', 'state']);
  const all = [up, frames, use, reply, waiting, nextDue, lastGood, addresses];
  return (lines) => {
    // A new plan may be without a line that the last one had.
    for (const gauge of all) gauge.reset();
    for (const each of lines) {
      const line = each.id;
      up.set({ line }, each.state === 'up' ? 1 : 0);
      for (const kind of FRAME_KINDS) frames.set({ line, kind }, each[kind]);
      waiting.set({ line }, each.waiting);
      use.set({ line }, (each.usePercent ?? 0) / 100);
      setQuantiles(reply, { line }, each.replyMs);
      setInstant(nextDue, { line }, each.nextDueAt);
      setInstant(lastGood, { line }, each.lastGoodAt);
      addresses.set({ line, state: 'read' }, each.addressesRead ?? 0);
      addresses.set({ line, state: 'failing' }, each.addressesFailing ?? 0);
      addresses.set({ line, state: 'left_alone' }, each.breakersOpen);
    }
  };
}

function addressGauges(metrics: Metrics): (all: readonly (AddressStatus & { readonly line: string })[]) => void {
  const labels = ['line', 'address', 'meter'];
  const frames = metrics.gauge('address_frames', 'Exchanges with an address, by end', [...labels, 'kind']);
  const lastGood = metrics.gauge('address_last_good_timestamp_seconds', 'When an address answered last', labels);
  const failing = metrics.gauge('address_failing', 'Whether the last read of an address failed, with its reason', [
    ...labels,
    'reason',
  ]);
  const reply = metrics.gauge('address_reply_seconds', 'Reply time of an address, by quantile', [
    ...labels,
    'quantile',
  ]);
  const missing = metrics.gauge('address_missing_items', 'Items that a meter has refused and is not asked for', labels);
  return (all) => {
    for (const gauge of [frames, lastGood, failing, reply, missing]) gauge.reset();
    for (const { line, address, meter, ...each } of all) {
      const who = { line, address, meter };
      for (const kind of ['requests', 'replies', 'timeouts', 'damaged'] as const) {
        frames.set({ ...who, kind }, each[kind]);
      }
      setInstant(lastGood, who, each.lastGoodAt);
      failing.set({ ...who, reason: each.reason ?? '' }, each.reason === null ? 0 : 1);
      setQuantiles(reply, who, each.replyMs);
      missing.set(who, each.missing.length);
    }
  };
}
