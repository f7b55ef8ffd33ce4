import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { WrittenReadings } from '#stores/open-stores.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import type { Places } from '#stores/reading-store.ts';
import type { KeepingRules } from './month-rules.ts';
import { Upkeep } from './upkeep.ts';
import { observeUpkeep } from './upkeep-metrics.ts';

interface UpkeepContext {
  readonly places: Places;
  readonly rules: KeepingRules;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts the hourly upkeep of the embedded store and returns its stop. Other stores look after themselves. */
export function startUpkeep(
  { keeper }: WrittenReadings,
  { places, rules, metrics, clock, logger }: UpkeepContext,
): () => Promise<void> {
  if (!keeper) return async () => {};
  const upkeep = new Upkeep({
    keeper,
    pack: (folder, month, signal) => packMonth(folder, month, { signal }),
    keepingOf: places.keepingOf,
    rules,
    observer: observeUpkeep(metrics, keeper.folder),
    clock,
    logger,
  });
  const cancel = upkeep.start();
  return () => {
    cancel();
    return upkeep.stop();
  };
}
