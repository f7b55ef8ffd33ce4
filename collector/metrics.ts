import type { CollectorStatus } from '#contract/status.ts';
import type { Metrics } from '#platform/metrics.ts';

interface Observed {
  readonly inFlight: number;
  readonly acked: number;
  status(online: boolean): Promise<CollectorStatus>;
}

/** Figures of a collector, computed when they are asked for. Balance: due = answered + failed + open. */
export function observe(metrics: Metrics, collector: Observed): void {
  const ledger = metrics.gauge('collector_due_reads', 'Due reads since the process started, by state', ['state']);
  const spoolRows = metrics.gauge('spool_rows', 'Results on disk that the centre has not committed');
  const spoolBytes = metrics.gauge('spool_bytes', 'Size of the spool file');
  const acked = metrics.gauge('uplink_acked_rows', 'Results committed by the centre since the process started');
  const inFlight = metrics.gauge('uplink_envelopes_in_flight', 'Envelopes sent and not committed');
  const lineUp = metrics.gauge('line_up', 'Whether the link of a line is open', ['line']);
  const lineFrames = metrics.gauge('line_frames', 'Frames of a line since the process started', ['line', 'kind']);
  metrics.onScrape(async () => {
    const status = await collector.status(true);
    for (const state of ['due', 'answered', 'failed', 'open'] as const) ledger.set({ state }, status.ledger[state]);
    spoolRows.set(status.spool.rows);
    spoolBytes.set(status.spool.bytes);
    acked.set(collector.acked);
    inFlight.set(collector.inFlight);
    // A new plan may be without a line that the last one had.
    lineUp.reset();
    lineFrames.reset();
    for (const line of status.lines) {
      lineUp.set({ line: line.id }, line.state === 'up' ? 1 : 0);
      for (const kind of ['requests', 'replies', 'timeouts', 'damaged', 'strays'] as const) {
        lineFrames.set({ line: line.id, kind }, line[kind]);
      }
    }
  });
}
