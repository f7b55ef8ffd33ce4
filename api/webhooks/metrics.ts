import type { Metrics } from '#platform/metrics.ts';
import type { WebhookStore } from '#stores/webhook-store.ts';

/** `delivered`, `retry` (failed, will be tried again), `dead` (failed for good), `gone` (410: the webhook is disabled). */
export type DeliveryOutcome = 'delivered' | 'retry' | 'dead' | 'gone';

export interface WebhookObserver {
  attempted(outcome: DeliveryOutcome): void;
  /** An event came to its receiver so long after it was committed. */
  posted(seconds: number): void;
}

/** Counters are of this process; backlog and dead letters are read from the store, so every process shows them. */
export function observeWebhooks(metrics: Metrics, store: WebhookStore, now: () => number): WebhookObserver {
  const attempts = metrics.counter('webhook_attempts_total', 'Attempts of deliveries by how they ended', ['outcome']);
  const posted = metrics.histogram(
    'webhook_commit_to_post_seconds',
    'Time from the commit of an event to the answer of the webhook that took it',
    [0.25, 0.5, 1, 2, 5, 15, 60, 600, 3600, 86_400],
  );
  const backlog = metrics.gauge(
    'webhook_backlog_deliveries',
    'Deliveries that wait to be sent, or sent again; without those of disabled webhooks',
  );
  const dead = metrics.gauge('webhook_dead_letters', 'Deliveries that were given up');
  metrics.onScrape(async () => {
    const disabled = new Set((await store.list()).filter((each) => each.disabledWhy !== null).map(({ id }) => id));
    const open = (await store.open(now())).filter(({ webhook }) => !disabled.has(webhook));
    backlog.set(open.reduce((sum, each) => sum + each.open, 0));
    dead.set(await store.deadLetters());
  });
  return {
    attempted: (outcome) => attempts.inc({ outcome }),
    posted: (seconds) => posted.observe(Math.max(0, seconds)),
  };
}
