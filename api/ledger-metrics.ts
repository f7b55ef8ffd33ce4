import type { Task } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';
import { ledgerDifferences } from '#domain/collection/balance.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from './errors.ts';
import { Kept } from './kept.ts';
import type { Summary } from './queries/collection.ts';
import type { Kit } from './routes/route-kit.ts';

const STATES = ['due', 'answered', 'suspect', 'failed', 'open', 'excluded'] as const;
/** Counting a day takes about a second for 5,000 meters; several machines may scrape, ms. */
const KEPT_MS = 15_000;

/**
 * The centre's side of the ledger, for today: due = answered + suspect + failed + open + excluded. A task that cannot
 * be counted is left out of the scrape, and logged.
 */
export function observeLedger({ metrics, site, collection, clock, logger }: Omit<Kit, 'cursors' | 'grids'>): void {
  const ledger = metrics.gauge('ledger_slots', 'Due slots of the present day, by task and state', ['task', 'state']);
  const unbalanced = metrics.gauge('ledger_unbalanced_slots', 'Slots by which the ledger does not balance', ['task']);
  const set = (task: string, { total, owed }: Summary): void => {
    const counts: Record<(typeof STATES)[number], number> = {
      due: owed,
      answered: total.answeredFirst + total.answeredRetry + total.answeredLate,
      suspect: total.suspect,
      failed: total.failed,
      open: total.open,
      excluded: total.due - total.expected,
    };
    for (const state of STATES) ledger.set({ task, state }, counts[state]);
    const [difference] = ledgerDifferences({ ...counts, answered: counts.answered + counts.suspect });
    unbalanced.set({ task }, difference?.difference ?? 0);
  };
  const summary = async (index: RegistryIndex, task: Task): Promise<Summary | null> => {
    try {
      const date = dateOf(index.registry.timeZone, clock.now());
      return await collection.summary(index, task, date, null);
    } catch (err) {
      // Every scrape would say so again.
      if (err instanceof ApiProblem && err.code === 'not_kept') return null;
      logger.warn({ err, task: task.id }, 'the ledger of a task cannot be counted');
      return null;
    }
  };
  const counted = new Kept(KEPT_MS, clock, async () => {
    const index = await site.index().catch(() => null);
    const summaries = new Map<string, Summary | null>();
    for (const task of index?.registry.tasks ?? []) if (index) summaries.set(task.id, await summary(index, task));
    ledger.reset();
    unbalanced.reset();
    for (const [task, counted] of summaries) if (counted) set(task, counted);
  });
  metrics.onScrape(() => counted.get());
}
