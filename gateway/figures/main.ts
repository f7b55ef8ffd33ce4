import { every, systemClock } from '#platform/clock.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { observeFigures } from './figures-metrics.ts';
import { keepOn, startWorkers } from './keep-on.ts';
import { openKeeper } from './open-keeper.ts';
import { RebuildRequests } from './rebuild-requests.ts';

const REQUESTS_MS = 500;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'figures', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const clock = systemClock(settings.clockOffsetMs);
  const opened = await openKeeper(settings, clock, logger);
  logger.info({}, 'the figures of this data folder are kept by this process');
  lifecycle.onStop('stores', () => opened.close());
  const { keeper, state } = opened;

  const metrics = new Metrics({ process: 'figures' });
  const stepped = observeFigures(metrics, keeper, state.feed, opened.dayClose);
  if (settings.figuresMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.figuresMetricsPort));
  }

  const abort = new AbortController();
  const keeping = keepOn({ keeper, clock, logger, stepped }, abort.signal);
  lifecycle.onStop('figures', async () => {
    abort.abort();
    await keeping;
  });
  lifecycle.onStop('workers', startWorkers(opened, clock, logger));
  const requests = new RebuildRequests({ dataDir: settings.dataDir, keeper, clock, logger });
  lifecycle.onStop(
    'rebuilds',
    every({ clock, logger, name: 'rebuilds', ms: REQUESTS_MS }, () => requests.tick()),
  );
  process.send?.({ ready: {} });
});
