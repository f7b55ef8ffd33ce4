import { systemClock } from '#platform/clock.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { observeAnomalies } from './anomalies-metrics.ts';
import { openAnomalies } from './open-anomalies.ts';
import { workOn } from './work-on.ts';

const FEED_MS = 250;
const CURVES_MS = 1000;
const STATES_MS = 1000;
const DAYS_MS = 10_000;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'anomalies', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const clock = systemClock(settings.clockOffsetMs);
  const { anomalies, state, close } = await openAnomalies(settings, clock, logger);
  logger.info({}, 'the readings of this data folder are judged by this process');
  lifecycle.onStop('stores', close);

  const metrics = new Metrics({ process: 'anomalies' });
  const stepped = observeAnomalies(metrics, () => anomalies.counts, state.feed);
  if (settings.anomaliesMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.anomaliesMetricsPort));
  }

  const abort = new AbortController();
  const common = { clock, logger, stepped };
  // Each on its own, so that a long way of one holds up no other.
  const work = [
    workOn({ clock, logger, name: 'feed', waitMs: FEED_MS, step: () => anomalies.follow() }, abort.signal),
    workOn({ ...common, name: 'curves', waitMs: CURVES_MS, step: () => anomalies.judgeCurves() }, abort.signal),
    workOn({ ...common, name: 'states', waitMs: STATES_MS, step: () => anomalies.judgeStates() }, abort.signal),
    workOn({ ...common, name: 'days', waitMs: DAYS_MS, step: () => anomalies.judgeDays() }, abort.signal),
    workOn({ ...common, name: 'theft', waitMs: DAYS_MS, step: () => anomalies.judgeTheft() }, abort.signal),
  ];
  lifecycle.onStop('judging', async () => {
    abort.abort();
    await Promise.all(work);
  });
  process.send?.({ ready: {} });
});
