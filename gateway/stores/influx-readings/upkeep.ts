import { type Clock, every } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { HourlyRollup } from './hourly-rollup.ts';
import type { InfluxSettings } from './settings.ts';
import { watchInflux } from './watch.ts';

const ROLLUP_MS = 3_600_000;

interface InfluxUpkeep {
  readonly settings: InfluxSettings & Pick<Settings, 'hourlyAfterDays'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the one writer does for the server while it runs: checks, and hourly values of old curves. Returns how to end it. */
export function startInfluxUpkeep({ settings, clock, logger }: InfluxUpkeep): () => Promise<void> {
  const endWatch = watchInflux({ settings, clock, logger });
  if (settings.hourlyAfterDays === 0) return async () => endWatch();
  const rollup = new HourlyRollup({ settings, afterDays: settings.hourlyAfterDays, clock, logger });
  const abort = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const endRollup = every({ clock, logger, name: 'hourly values', ms: ROLLUP_MS }, async () => {
    const run = rollup.run(abort.signal);
    running = run.catch(() => {});
    await run;
  });
  return async () => {
    endWatch();
    endRollup();
    abort.abort();
    await running;
  };
}
