import { every, systemClock } from '#platform/clock.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { observeFigures } from './figures-metrics.ts';
import { openOffice } from './office.ts';
import { RebuildDesk } from './rebuild-desk.ts';
import { keepOn, startWorkers } from './rounds.ts';

const REQUESTS_MS = 500;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'figures', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const clock = systemClock(settings.clockOffsetMs);
  const office = await openOffice(settings, clock, logger);
  logger.info({}, 'the figures of this data folder are kept by this process');
  lifecycle.onStop('stores', () => office.close());
  const { keeper, state } = office;

  const metrics = new Metrics({ process: 'figures' });
  const stepped = observeFigures(metrics, keeper, state.feed, office.dayClose);
  if (settings.figuresMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.figuresMetricsPort));
  }

  const abort = new AbortController();
  const keeping = keepOn({ keeper, clock, logger, stepped }, abort.signal);
  lifecycle.onStop('figures', async () => {
    abort.abort();
    await keeping;
  });
  lifecycle.onStop('workers', startWorkers(office, clock, logger));
  const desk = new RebuildDesk({ dataDir: settings.dataDir, keeper, clock, logger });
  lifecycle.onStop(
    'rebuilds',
    every({ clock, logger, name: 'rebuilds', ms: REQUESTS_MS }, () => desk.tick()),
  );
  process.send?.({ ready: {} });
});
