import type { RegistryIndex } from '#domain/registry-index.ts';
import { type Clock, every } from '#platform/clock.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { engineOver } from './engine-over.ts';
import { observeOutages } from './outage-metrics.ts';
import { OutageWatch } from './outage-watch.ts';
import { outageSettings, probeLimits } from './settings.ts';

const TICK_MS = 1000;
/** What was held back may be the members of many outages. */
const STOP_MS = 5000;

/** Opens the watch over outages and keeps it going until the stop; to be called before what feeds it is started. */
export async function startOutages(
  state: Pick<StateStore, 'outages' | 'orders' | 'jobs'>,
  readings: Pick<ReadingStore, 'ofSlot'>,
  parts: {
    readonly settings: Settings;
    readonly registry: RegistryIndex;
    readonly metrics: Metrics;
    readonly lifecycle: Lifecycle;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Promise<OutageWatch> {
  const { registry, metrics, lifecycle, clock, logger } = parts;
  const settings = outageSettings(parts.settings);
  const watch = await OutageWatch.open(
    {
      store: state.outages,
      orders: state.orders,
      jobs: state.jobs,
      readings,
      settings,
      probes: probeLimits(parts.settings),
      registry,
      clock,
      logger,
    },
    engineOver(registry, settings),
    (engine) => observeOutages(metrics, engine),
  );
  const ticking = every({ clock, logger, name: 'outages', ms: TICK_MS }, () => watch.tick());
  lifecycle.onStop(
    'outages',
    () => {
      ticking();
      return watch.stop();
    },
    STOP_MS,
  );
  return watch;
}
