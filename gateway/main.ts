import { join, resolve } from 'node:path';
import { topic, topicFilter } from '#contract/topics.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { every, systemClock } from '#platform/clock.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { EXIT, runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { openReadingsForWriting, openState } from '#stores/open-stores.ts';
import { ensureAdminKey } from './admin-key.ts';
import { StoppedWatch } from './anomalies/stopped-watch.ts';
import { CollectorWatch } from './collection/collector-watch.ts';
import { JobDispatch } from './collection/job-dispatch.ts';
import { JobResults } from './collection/job-results.ts';
import { connectToBroker } from './connection.ts';
import { Ingest } from './ingest/ingest.ts';
import { observeIngest } from './ingest/ingest-metrics.ts';
import { Judge } from './ingest/judge.ts';
import { OutageWatch } from './outages/outage-watch.ts';
import { outageSettings } from './outages/settings.ts';
import { openRegistry } from './registry/open-registry.ts';
import { placesOf } from './registry/places.ts';
import { publishPlans } from './registry/publish-plans.ts';

const JUDGE_AGAIN_MS = 5000;
/** A job waits half of this on average before it is on its way. */
const JOBS_MS = 100;
const FORGET_JOBS_MS = 3_600_000;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'gateway', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const clock = systemClock(settings.clockOffsetMs);
  const dataDir = resolve(settings.dataDir);
  const lock = join(dataDir, 'centre', 'lock');
  lifecycle.onStop('lock', holdLock(lock, `another gateway is using the data folder ${dataDir}`));

  const state = await openState(settings);
  lifecycle.onStop('state store', () => state.close());
  const registry = await openRegistry(state.registry, settings.siteFile, clock.now());
  const index = new RegistryIndex(registry);
  const readings = await openReadingsForWriting(settings, placesOf(index));
  lifecycle.onStop('reading store', () => readings.close());
  await ensureAdminKey(state.keys, dataDir, clock.now());

  const { mqtt, broker } = await connectToBroker(settings, dataDir, registry, { clock, logger, lifecycle });
  const metrics = new Metrics({ process: 'gateway' });
  if (settings.gatewayMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.gatewayMetricsPort));
  }

  const outages = await OutageWatch.open({
    store: state.outages,
    settings: outageSettings(settings),
    registry: index,
    clock,
    logger,
  });
  const stopped = await StoppedWatch.open({
    store: state.anomalies,
    readings,
    registry: index,
    minWh: settings.stoppedMinWh,
    clock,
    logger,
  });
  const ingest = new Ingest(
    {
      readings,
      ledger: state.ledger,
      judge: new Judge(index, await state.ledger.baselines()),
      watchers: [outages, stopped, new JobResults(state.jobs, clock, logger)],
      sendAck: (district, collector, ack) => {
        mqtt
          .publish(topic(district, collector, 'down/ack'), JSON.stringify(ack), { retain: true })
          .catch((err: unknown) => logger.debug({ err }, 'an ack was not sent; the next one says it again'));
      },
      observer: observeIngest(metrics),
      clock,
      logger,
    },
    await state.ledger.marks(),
  );
  const waiting = metrics.gauge('ingest_inbox_rows', 'Rows received and waiting for the stores');
  metrics.onScrape(() => waiting.set(ingest.waitingRows));

  const abort = new AbortController();
  const running = ingest.run(abort.signal).catch((err: unknown) => {
    if (abort.signal.aborted) return;
    logger.fatal({ err }, 'the stores cannot be trusted any more; the gateway ends');
    process.exit(EXIT.failure);
  });
  lifecycle.onStop('ingest', async () => {
    abort.abort();
    await running;
  });
  const judging = every({ clock, logger, name: 'judge again', ms: JUDGE_AGAIN_MS }, () => stopped.judgeAgain());
  lifecycle.onStop('stopped meters', () => {
    judging();
    return stopped.stop();
  });

  const collectors = new CollectorWatch(state.status, registry, clock, logger);
  mqtt.subscribe(topicFilter('+', 'up/rows'), (name, bytes) => ingest.receive(name, bytes));
  mqtt.subscribe(topicFilter('+', 'up/status'), (name, bytes) => collectors.receive(name, bytes));
  const dispatch = new JobDispatch({ jobs: state.jobs, registry: index, collectors, mqtt, clock, logger });
  const dispatching = every({ clock, logger, name: 'jobs', ms: JOBS_MS }, () => dispatch.tick());
  const forgetting = every({ clock, logger, name: 'old jobs', ms: FORGET_JOBS_MS }, () => dispatch.forget());
  lifecycle.onStop('jobs', () => {
    dispatching();
    forgetting();
  });
  mqtt.onState((connected) => {
    if (!connected) return;
    publishPlans(registry, mqtt, logger).catch((err: unknown) => logger.warn({ err }, 'the plans were not published'));
  });
  process.send?.({
    ready: {
      timeZone: registry.timeZone,
      brokerHost: broker?.host ?? null,
      brokerPort: broker?.port ?? null,
      credentials: broker?.credentials ?? null,
      collectors: registry.collectors,
    },
  });
});
