import type { Metrics } from '#platform/metrics.ts';
import type { FeedStore } from '#stores/feed-store.ts';

/** How far the judging is. */
export interface AnomalyCounts {
  /** Of the feed, or null before the first look. */
  readonly position: number | null;
  readonly gaps: number;
  readonly open: number;
  readonly points: number;
  readonly waitingSlots: number;
  readonly waitingMeters: number;
}

/** Gives what hears of the length of each step, ms. */
export function observeAnomalies(
  metrics: Metrics,
  counts: () => AnomalyCounts,
  feed: Pick<FeedStore, 'range'>,
): (ms: number) => void {
  const backlog = metrics.gauge('anomalies_backlog', 'Entries of the change feed that are not taken yet');
  const gaps = metrics.gauge(
    'anomalies_gaps',
    'How often the feed had a gap since the start: recent days are judged again',
  );
  const open = metrics.gauge('anomalies_open', 'Anomalies that are open');
  const points = metrics.gauge('anomalies_points', 'Points of curves judged since the start');
  const slots = metrics.gauge('anomalies_slots_waiting', 'Slots of curves that are to be judged');
  const meters = metrics.gauge('anomalies_meters_waiting', 'Meters whose curves are to be judged again');
  const seconds = metrics.histogram(
    'anomalies_step_seconds',
    'Seconds that a step takes',
    [0.01, 0.05, 0.25, 1, 5, 30],
  );
  metrics.onScrape(async () => {
    const now = counts();
    const { newest } = await feed.range();
    backlog.set(Math.max(0, newest - (now.position ?? newest)));
    gaps.set(now.gaps);
    open.set(now.open);
    points.set(now.points);
    slots.set(now.waitingSlots);
    meters.set(now.waitingMeters);
  });
  return (ms) => seconds.observe(ms / 1000);
}
