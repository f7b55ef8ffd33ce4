import { afterAll, beforeAll, describe } from 'vitest';
import { initInflux } from '#stores/influx-readings/init.ts';
import type { InfluxSettings } from '#stores/influx-readings/settings.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import type { Places } from '#stores/reading-store.ts';
import { describeReadingStore } from '../gateway/stores/reading-store-contract.ts';
import { INFLUXD, InfluxServer } from '../support/influx-server.ts';
import { influxSettings } from '../support/influx-settings.ts';

const PLACES: Places = {
  placeOf: (meter) => ({ district: 'd1', area: meter.length % 2 === 0 ? 'a 1,x=y' : '' }),
  keepingOf: (task) => (task.startsWith('freeze') ? 'freeze' : 'curve'),
};

let server: InfluxServer | null = null;

/** Another server, named from outside, is how versions 2 and 3 are checked. */
const named = process.env['METERWAY_TEST_INFLUX_URL'];
/** Names that no earlier run has used. */
const run = `meterway_test_${Date.now().toString(36)}`;

beforeAll(async () => {
  if (INFLUXD !== undefined) server = await InfluxServer.start();
});
afterAll(async () => {
  await server?.stop();
});

async function open(settings: InfluxSettings, readOnly: boolean | undefined) {
  if (!readOnly) await initInflux(settings);
  return openInfluxReadingStore(settings, readOnly ? {} : { places: PLACES });
}

function localSettings(fields: Partial<InfluxSettings>): InfluxSettings {
  if (!server) throw new Error('influxd was not started');
  return server.settings(fields);
}

describe.skipIf(INFLUXD === undefined)('InfluxDB 1.6.7', () => {
  describeReadingStore('InfluxDB 1.6.7', async (place, options) => {
    const settings = localSettings({ influxDatabase: place });
    await initInflux(settings);
    return open(settings, options?.readOnly);
  });
});

describe.skipIf(named === undefined)('the server of METERWAY_TEST_INFLUX_URL', () => {
  const version = process.env['METERWAY_TEST_INFLUX_VERSION'];
  const settings = influxSettings({
    influxUrl: named ?? '',
    influxVersion: version === '1' || version === '3' ? version : '2',
    influxToken: process.env['METERWAY_TEST_INFLUX_TOKEN'] ?? '',
    influxOrg: process.env['METERWAY_TEST_INFLUX_ORG'] ?? 'meterway',
  });
  describeReadingStore(`InfluxDB ${settings.influxVersion}.x at ${named}`, async (place, options) => {
    const own = { ...settings, influxDatabase: `${run}_${place}` };
    await initInflux(own);
    return open(own, options?.readOnly);
  });
});
