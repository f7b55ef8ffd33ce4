import { join, resolve } from 'node:path';
import { topic, topicFilter } from '#contract/topics.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { every, systemClock } from '#platform/clock.ts';
import { observeDisk } from '#platform/disk-metrics.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { EXIT, runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { observeMqtt } from '#platform/mqtt/mqtt-metrics.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { startInfluxUpkeep } from '#stores/influx-readings/upkeep.ts';
import { openReadingsForWriting, openState } from '#stores/open-stores.ts';
import { ensureAdminKey } from './admin-key.ts';
import { refuseUnfinishedRestore } from './backup/unfinished.ts';
import { observeCollectors } from './collection/collector-metrics.ts';
import { CollectorWatch } from './collection/collector-watch.ts';
import { JobDispatch } from './collection/job-dispatch.ts';
import { JobResults } from './collection/job-results.ts';
import { ReplayDispatch } from './collection/replay-dispatch.ts';
import { RetryDispatch } from './collection/retry-dispatch.ts';
import { connectToBroker } from './connection.ts';
import { startEvents } from './events/start-events.ts';
import { Ingest } from './ingest/ingest.ts';
import { observeInbox, observeIngest } from './ingest/ingest-metrics.ts';
import { Judge } from './ingest/judge.ts';
import { observedStores } from './ingest/observed-stores.ts';
import { publishAcks } from './ingest/publish-acks.ts';
import { startOutages } from './outages/start-outages.ts';
import { heardStatuses } from './outages/ways.ts';
import { openRegistry } from './registry/open-registry.ts';
import { placesOf } from './registry/places.ts';
import { publishPlans } from './registry/publish-plans.ts';
import { startUpkeep } from './upkeep/start-upkeep.ts';

/** A job waits half of this on average before it is on its way. */
const JOBS_MS = 100;
const FORGET_JOBS_MS = 3_600_000;
const REPLAYS_MS = 1000;
const RETRIES_MS = 1000;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'gateway', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const clock = systemClock(settings.clockOffsetMs);
  const dataDir = resolve(settings.dataDir);
  const lock = join(dataDir, 'centre', 'lock');
  lifecycle.onStop('lock', holdLock(lock, `another gateway is using the data folder ${dataDir}`));
  refuseUnfinishedRestore(dataDir);

  const state = await openState(settings);
  lifecycle.onStop('state store', () => state.close());
  const registry = await openRegistry(state.registry, settings.siteFile, clock.now());
  const index = new RegistryIndex(registry);
  const places = placesOf(index);
  const readings = await openReadingsForWriting(settings, places, logger);
  lifecycle.onStop('reading store', () => readings.close());
  if (settings.readingStore === 'influx') {
    lifecycle.onStop('upkeep of InfluxDB', startInfluxUpkeep({ settings, clock, logger }));
  }
  await ensureAdminKey(state.keys, dataDir, clock.now());

  const { mqtt, broker } = await connectToBroker(settings, dataDir, registry, { clock, logger, lifecycle });
  const metrics = new Metrics({ process: 'gateway' });
  observeMqtt(metrics, mqtt);
  observeDisk(metrics, dataDir);
  if (settings.gatewayMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.gatewayMetricsPort));
  }
  lifecycle.onStop('upkeep', startUpkeep(readings, { places, rules: settings, metrics, clock, logger }));

  const parts = { settings, registry: index, metrics, lifecycle, clock, logger };
  const outages = await startOutages(state, readings, parts);
  const ingest = new Ingest(
    {
      ...observedStores(metrics, clock, {
        readings,
        ledger: state.ledger,
        watchers: [outages, new JobResults(state.jobs, clock, logger)],
        sendAck: (district, collector, ack) => {
          mqtt
            .publish(topic(district, collector, 'down/ack'), JSON.stringify(ack), { retain: true })
            .catch((err: unknown) => logger.debug({ err }, 'an ack was not sent; the next one says it again'));
        },
      }),
      judge: new Judge(index, await state.ledger.baselines()),
      observer: observeIngest(metrics),
      clock,
      logger,
    },
    await state.ledger.marks(),
  );
  observeInbox(metrics, ingest);

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

  const statuses = observeCollectors(metrics, { store: state.status, registry, clock });
  const collectors = new CollectorWatch(
    heardStatuses(statuses, (status) => outages.heard(status)),
    registry,
    clock,
    logger,
  );
  mqtt.subscribe(topicFilter('+', 'up/rows'), (name, bytes) => ingest.receive(name, bytes));
  mqtt.subscribe(topicFilter('+', 'up/status'), (name, bytes) => collectors.receive(name, bytes));
  const dispatch = new JobDispatch({ jobs: state.jobs, registry: index, collectors, mqtt, clock, logger });
  const retries = new RetryDispatch({ jobs: state.jobs, registry: index, clock, logger });
  const retrying = every({ clock, logger, name: 'retries', ms: RETRIES_MS }, () => retries.tick());
  const dispatching = every({ clock, logger, name: 'jobs', ms: JOBS_MS }, () => dispatch.tick());
  const forgetting = every({ clock, logger, name: 'old jobs', ms: FORGET_JOBS_MS }, () => dispatch.forget());
  const replay = new ReplayDispatch({ replays: state.replays, registry: index, collectors, mqtt, logger });
  const replaying = every({ clock, logger, name: 'replays', ms: REPLAYS_MS }, () => replay.tick());
  lifecycle.onStop('jobs', () => {
    replaying();
    retrying();
    dispatching();
    forgetting();
  });
  lifecycle.onStop('events', startEvents({ state, mqtt, registry, settings, metrics, clock, logger }));
  mqtt.onState((connected) => {
    if (!connected) return;
    publishAcks(ingest.acks(), registry, mqtt).catch((err: unknown) =>
      logger.debug({ err }, 'not all acks were repeated'),
    );
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
