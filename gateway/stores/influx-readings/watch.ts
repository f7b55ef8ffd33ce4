import { type Cancel, type Clock, every } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { checkInflux, type InfluxFinding } from './check.ts';
import type { InfluxSettings } from './settings.ts';

const AGAIN_MS = 300_000;

interface InfluxWatch {
  readonly settings: InfluxSettings;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly check?: (settings: InfluxSettings, clock: Clock) => Promise<InfluxFinding[]>;
}

/**
 * Checks the server at once and every few minutes. What is wrong is logged with its remedy each time until it is
 * mended; nothing waits for it, as the readings stay in the spools of the collectors meanwhile.
 */
export function watchInflux({ settings, clock, logger, check = checkInflux }: InfluxWatch): Cancel {
  let faults = 0;
  const look = async (): Promise<void> => {
    const wrong = (await check(settings, clock)).filter(({ ok }) => !ok);
    for (const { what, remedy } of wrong) logger.error({ remedy }, `the reading store is not as it must be: ${what}`);
    if (wrong.length === 0 && faults > 0) logger.info({}, 'the reading store is as it must be again');
    faults = wrong.length;
  };
  look().catch((err: unknown) => logger.error({ err }, 'the reading store was not checked; it is tried again'));
  return every({ clock, logger, name: 'check of InfluxDB', ms: AGAIN_MS }, look);
}
