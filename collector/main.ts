import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { topic } from '#contract/topics.ts';
import { systemClock } from '#platform/clock.ts';
import { observeDisk } from '#platform/disk-metrics.ts';
import { MeterwayError } from '#platform/errors.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { EXIT, runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { observeMqtt } from '#platform/mqtt/mqtt-metrics.ts';
import { programVersion } from '#platform/program-version.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { Collector } from './collector.ts';
import { observe, observeSpoolCommits } from './metrics.ts';
import { MissingFile } from './missing-file.ts';
import { PlanFile } from './plan-file.ts';
import { Spool } from './spool/spool.ts';
import { NO_WORK, newIdentity, statusOf } from './status.ts';

const DAY_MS = 86_400_000;
const MB = 1024 * 1024;

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'collector', level: settings.logLevel });

// A minute's reads of 100,000 meters pass through the heap at once, and it is slow to give back what it took for them:
// measured with 1,000 Modbus TCP endpoints, the process peaks at 590 MB with this and at 740 MB without.
setFlagsFromString('--heap-growing-percent=30');

await runProcess(logger, async (lifecycle) => {
  armFailpoint(settings.failpoint);
  const { collectorId: id, district } = settings;
  if (settings.mqttUrl === '') {
    throw new MeterwayError('cannot start: METERWAY_MQTT_URL does not name the broker', { code: 'config_invalid' });
  }
  const folder = join(resolve(settings.dataDir), 'collectors', id);
  lifecycle.onStop('lock', holdLock(join(folder, 'lock'), `another collector ${id} is using ${folder}`));
  const clock = systemClock(settings.clockOffsetMs);
  const metrics = new Metrics({ process: `collector-${id}` });
  const spool = await Spool.open(join(folder, 'spool.sqlite'), {
    clock,
    commitMs: settings.spoolCommitMs,
    onCommit: observeSpoolCommits(metrics),
    logger,
    limits: {
      keepMs: settings.spoolKeepDays * DAY_MS,
      maxAgeMs: settings.spoolMaxDays * DAY_MS,
      maxBytes: settings.spoolMaxMb * MB,
    },
  });
  lifecycle.onStop('spool', () => spool.close());

  const missing = new MissingFile(join(folder, 'missing.json'), { clock, logger });
  lifecycle.onStop('missing', () => missing.close());

  const identity = newIdentity(clock, programVersion());
  const will = await statusOf(identity, spool, clock, false, NO_WORK);
  const mqtt = new MqttLink(
    {
      url: settings.mqttUrl,
      clientId: `${id}.${identity.instance}`,
      session: 'new',
      username: settings.mqttUsername || id,
      password: settings.mqttPassword,
      version: settings.mqttVersion,
      longestWaitMs: settings.mqttReconnectS * 1000,
      files: { ca: settings.mqttCaFile, cert: settings.mqttCertFile, key: settings.mqttKeyFile },
      will: { topic: topic(district, id, 'up/status'), payload: JSON.stringify(will) },
    },
    clock,
    logger,
  );
  lifecycle.onStop('mqtt', () => mqtt.close(500));

  const collector = new Collector(
    {
      id,
      district,
      spool,
      planFile: new PlanFile(join(folder, 'plan.json'), id),
      missing,
      dialInHost: settings.dialInHost,
      clock,
      logger,
      uplink: { window: settings.uplinkWindow, resendMs: settings.uplinkResendMs },
      onFatal: (err) => {
        logger.fatal({ err }, 'the collector ends');
        process.exit(err instanceof MeterwayError && err.code === 'collector_twin' ? EXIT.usage : EXIT.failure);
      },
    },
    mqtt,
    identity,
  );
  observe(metrics, collector, { mostAddresses: settings.addressMetrics, window: settings.uplinkWindow });
  observeDisk(metrics, folder);
  observeMqtt(metrics, mqtt);
  if (settings.collectorMetricsPort !== 0) {
    lifecycle.onStop('metrics', await serveMetrics(metrics, settings.metricsHost, settings.collectorMetricsPort));
  }
  collector.start();
  lifecycle.onStop('field', () => collector.stop(), 2300);
  process.send?.({ ready: { collector: id } });
});
