import type { Metrics } from '#platform/metrics.ts';
import type { StateStore } from '#stores/state-store.ts';
import type { DayClose } from './day-close.ts';
import type { Keeper } from './keeper.ts';

/** How far the figures are. Gives what hears of the length of each step, ms. */
export function observeFigures(
  metrics: Metrics,
  keeper: Pick<Keeper, 'counts'>,
  feed: Pick<StateStore['feed'], 'range'>,
  dayClose: Pick<DayClose, 'notClosed'>,
): (ms: number) => void {
  const position = metrics.gauge('figures_position', 'Entry of the change feed up to which the figures are');
  const backlog = metrics.gauge('figures_backlog', 'Entries of the change feed that are not in the figures yet');
  const rows = metrics.gauge('figures_rows', 'Readings and failures taken since the start');
  const days = metrics.gauge('figures_days', 'Days of tasks that are kept');
  const waiting = metrics.gauge('figures_days_waiting', 'Days that are to be made or worked out again');
  const resets = metrics.gauge('figures_resets', 'How often all figures were made anew since the start');
  const notClosed = metrics.gauge('figures_days_not_closed', 'Days that are over and have no report yet');
  const seconds = metrics.histogram('figures_step_seconds', 'Seconds that a step takes', [0.01, 0.05, 0.25, 1, 5, 30]);
  metrics.onScrape(async () => {
    const { counts } = keeper;
    const { newest } = await feed.range();
    position.set(counts.position ?? 0);
    backlog.set(Math.max(0, newest - (counts.position ?? newest)));
    rows.set(counts.rows);
    days.set(counts.days);
    waiting.set(counts.waiting);
    resets.set(counts.resets);
    notClosed.set(dayClose.notClosed);
  });
  return (ms) => seconds.observe(ms / 1000);
}
