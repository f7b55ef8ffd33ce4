import type { OutageSettings } from '#domain/outages/settings.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';

/** What the application is built from; it opens and listens to nothing itself. */
export interface Dependencies {
  readonly readings: ReadingStore;
  readonly state: StateStore;
  readonly figures: FiguresStore;
  /** Folder of the rows of billing batches. */
  readonly batchFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly simulated: boolean;
  readonly publicPage: boolean;
  readonly requestsPerMinute: number;
  readonly cursorSecret: string;
  readonly figuresSettings: Pick<
    Settings,
    | 'targetSuccessRate'
    | 'lossHighPercent'
    | 'lossNegativePercent'
    | 'lossMinSuccessPercent'
    | 'lossJumpPercent'
    | 'sustainedInterruptionMin'
  >;
  readonly eventSettings: Pick<
    Settings,
    'eventStreamsPerKey' | 'webhookAllowHttp' | 'webhookPorts' | 'webhookAllowedHosts' | 'webhookPrivateNetworks'
  >;
  readonly outageSettings: Pick<OutageSettings, 'offShare' | 'onShare'>;
}
