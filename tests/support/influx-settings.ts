import type { InfluxSettings } from '#stores/influx-readings/settings.ts';

/** Settings for a server of version 1 without users; readings are kept for ever. */
export function influxSettings(fields: Partial<InfluxSettings>): InfluxSettings {
  return {
    influxUrl: 'http://127.0.0.1:8086',
    influxVersion: '1',
    influxDatabase: 'meterway',
    influxOrg: 'meterway',
    influxUsername: '',
    influxPassword: '',
    influxToken: '',
    keepCurveMonths: 0,
    keepFreezeMonths: 0,
    ...fields,
  };
}
