import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { systemClock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics } from '#platform/metrics.ts';
import { programVersion } from '#platform/program-version.ts';
import { settingsOrExit } from '#platform/settings/load.ts';
import { batchFolder, openFigures, openReadingsForReading, openState } from '#stores/open-stores.ts';
import { buildApp } from './app.ts';

// biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
const settings = settingsOrExit(process.env);
const logger = createLogger({ process: 'api', level: settings.logLevel });

await runProcess(logger, async (lifecycle) => {
  const state = await openState(settings, { beside: true });
  const readings = await openReadingsForReading(settings);
  const figures = await openFigures(settings, { readOnly: true });
  lifecycle.onStop('stores', async () => {
    await figures.close();
    await readings.close();
    await state.close();
  });
  const app = await buildApp(
    {
      readings,
      state,
      figures,
      batchFolder: batchFolder(settings.dataDir),
      figuresSettings: settings,
      eventSettings: settings,
      clock: systemClock(settings.clockOffsetMs),
      logger,
      metrics: new Metrics({ process: 'api' }),
      simulated: settings.simulation,
      publicPage: settings.apiPublicPage,
      requestsPerMinute: settings.apiRatePerMinute,
      cursorSecret: settings.apiCursorSecret,
      outageSettings: {
        ...DEFAULT_OUTAGE_SETTINGS,
        offShare: settings.voltageOffShare,
        onShare: settings.voltageOnShare,
      },
    },
    programVersion(),
  );
  lifecycle.onStop('http', () => app.close());
  const { apiHost: host, apiPort: port } = settings;
  const url = await app.listen({ host, port }).catch((cause: unknown) => {
    throw new MeterwayError(`cannot serve the API on ${host}:${port}: ${messageOf(cause)}; choose METERWAY_API_PORT`, {
      code: 'port_taken',
      cause,
    });
  });
  process.send?.({ ready: { url } });
});
