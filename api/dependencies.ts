import type { OutageSettings } from '#domain/outages/settings.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';

/** What the application is built from; it opens and listens to nothing itself. */
export interface Dependencies {
  readonly readings: ReadingStore;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly simulated: boolean;
  readonly publicPage: boolean;
  readonly requestsPerMinute: number;
  readonly cursorSecret: string;
  readonly outageSettings: Pick<OutageSettings, 'offShare' | 'onShare'>;
}
