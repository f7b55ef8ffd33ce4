import type { Metrics } from '#platform/metrics.ts';
import type { Ingest, IngestObserver } from './ingest.ts';

/** Kinds of quarantine. Each stands at zero from the start, or the first of a kind would not show as a rise. */
const KINDS = [
  'envelope',
  'row',
  'unknown_meter',
  'unknown_concentrator',
  'unknown_task',
  'future',
  'before_installation',
  'unjudged',
  'conflict',
  'store_rejected',
] as const;

/** Counters of the way from the broker to the stores. */
export function observeIngest(metrics: Metrics): IngestObserver {
  const rows = metrics.counter('ingest_rows_total', 'Rows committed to the stores', ['stream']);
  const repeated = metrics.counter('ingest_repeated_rows_total', 'Readings that were stored already');
  const seconds = metrics.histogram(
    'ingest_commit_seconds',
    'Time of one group commit',
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  );
  const quarantined = metrics.counter('ingest_quarantined_total', 'Messages and rows set aside', ['kind']);
  const turnedAway = metrics.counter('ingest_turned_away_total', 'Messages without room; their senders repeat them');
  const lost = metrics.counter('ingest_lost_records_total', 'Records dropped by collectors and unknown to this store');
  for (const kind of KINDS) quarantined.inc({ kind }, 0);
  for (const stream of ['reading', 'outcome', 'event']) rows.inc({ stream }, 0);
  return {
    committed: (counts, ms) => {
      rows.inc({ stream: 'reading' }, counts.readings);
      rows.inc({ stream: 'outcome' }, counts.outcomes);
      rows.inc({ stream: 'event' }, counts.events);
      repeated.inc(counts.repeated);
      seconds.observe(ms / 1000);
    },
    quarantined: (kind, count) => quarantined.inc({ kind }, count),
    turnedAway: () => turnedAway.inc(),
    lost: (records) => lost.inc(records),
  };
}

/** What has been received and waits for the stores. */
export function observeInbox(metrics: Metrics, ingest: Pick<Ingest, 'waitingRows'>): void {
  const waiting = metrics.gauge('ingest_inbox_rows', 'Rows received and waiting for the stores');
  metrics.onScrape(() => waiting.set(ingest.waitingRows));
}
