import type { Registry } from '#contract/registry.ts';
import { DROP_KINDS } from '#contract/status.ts';
import { SILENT_MS } from '#domain/collection/collector-health.ts';
import type { Clock } from '#platform/clock.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { StatusStore, StoredStatus } from '#stores/state-store.ts';

interface Heard {
  readonly stored: StoredStatus;
  /** Monotonic ms. */
  readonly at: number;
}

/**
 * What the centre knows of every collector of the registry, which also shows those that nobody can scrape. Returns the
 * store of their statuses, with what goes into it being noted. Silence is measured by the monotonic clock of this
 * process, from its start on for those that it has not heard.
 */
export function observeCollectors(
  metrics: Metrics,
  { store, registry, clock }: { store: StatusStore; registry: Pick<Registry, 'collectors'>; clock: Clock },
): StatusStore {
  const labels = ['district', 'collector'];
  const online = metrics.gauge('centre_collector_online', '1 while a collector is heard and says it is online', labels);
  const silent = metrics.gauge('centre_collector_silent_seconds', 'Time since the last status of a collector', labels);
  const backlog = metrics.gauge('centre_collector_backlog_rows', 'Results that wait in a spool, as last told', labels);
  const oldest = metrics.gauge(
    'centre_collector_oldest_result_seconds',
    'Age of the oldest result that waits in a spool, by the clock of the collector and as last told',
    labels,
  );
  const used = metrics.gauge(
    'centre_collector_spool_used_ratio',
    'Part of the quota of a spool that its waiting results take up, by their number among all that it holds',
    labels,
  );
  const dropped = metrics.counter(
    'centre_collector_dropped_rows_total',
    'Results that a spool gave up before the centre had them, since its file was made',
    [...labels, 'kind'],
  );
  const damaged = metrics.gauge(
    'centre_collector_damaged_rows',
    'Results that the disk of a spool has changed',
    labels,
  );
  const all = [online, silent, backlog, oldest, used, dropped, damaged];

  const startedAt = clock.mono();
  const heard = new Map<string, Heard>();
  const show = (who: { district: string; collector: string }, { stored, at }: Heard): void => {
    const { status } = stored;
    const { spool } = status;
    online.set(who, status.online && clock.mono() - at < SILENT_MS ? 1 : 0);
    backlog.set(who, spool.rows);
    oldest.set(who, spool.oldestAt === null ? 0 : Math.max(0, status.at - spool.oldestAt) / 1000);
    // What is committed makes room by itself, so a spool may be full of it for ever.
    const waits = spool.rows / Math.max(1, spool.rows + (spool.kept ?? 0));
    if (spool.maxBytes) used.set(who, (spool.bytes / spool.maxBytes) * waits);
    // The spool counts over restarts; the counter is told what it stands at.
    for (const kind of DROP_KINDS) dropped.inc({ ...who, kind }, spool.dropped?.[kind] ?? 0);
    damaged.set(who, spool.damaged ?? 0);
  };
  metrics.onScrape(() => {
    for (const each of all) each.reset();
    for (const { id: collector, district } of registry.collectors) {
      const who = { district, collector };
      const last = heard.get(collector);
      silent.set(who, (clock.mono() - (last?.at ?? startedAt)) / 1000);
      if (last) show(who, last);
      else online.set(who, 0);
    }
  });
  return {
    all: () => store.all(),
    save: (stored) => {
      heard.set(stored.collector, { stored, at: clock.mono() });
      return store.save(stored);
    },
  };
}
