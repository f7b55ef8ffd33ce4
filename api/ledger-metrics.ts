import { dateOf } from '#contract/zone.ts';
import { ledgerDifferences } from '#domain/collection/balance.ts';
import type { Clock } from '#platform/clock.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { CollectionQuery } from './queries/collection.ts';
import type { SiteView } from './queries/site-view.ts';

const STATES = ['due', 'answered', 'suspect', 'failed', 'open', 'excluded'] as const;

/** The centre's side of the ledger, for today: due = answered + suspect + failed + open + excluded. */
export function observeLedger(metrics: Metrics, site: SiteView, collection: CollectionQuery, clock: Clock): void {
  const ledger = metrics.gauge('ledger_slots', 'Due slots of the present day, by task and state', ['task', 'state']);
  const unbalanced = metrics.gauge('ledger_unbalanced_slots', 'Slots by which the ledger does not balance', ['task']);
  metrics.onScrape(async () => {
    const index = await site.index().catch(() => null);
    if (!index) return;
    const date = dateOf(index.registry.timeZone, clock.now());
    for (const task of index.registry.tasks) {
      const { total } = await collection.summary(index, task, date, null);
      const counts: Record<(typeof STATES)[number], number> = {
        due: total.due,
        answered: total.answeredFirst + total.answeredRetry + total.answeredLate,
        suspect: total.suspect,
        failed: total.failed,
        open: total.open,
        excluded: total.due - total.expected,
      };
      for (const state of STATES) ledger.set({ task: task.id, state }, counts[state]);
      const [difference] = ledgerDifferences({ ...counts, answered: counts.answered + counts.suspect });
      unbalanced.set({ task: task.id }, difference?.difference ?? 0);
    }
  });
}
