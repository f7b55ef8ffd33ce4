import { describe, expect, it } from 'vitest';
import { loadSettings } from '#platform/settings/load.ts';
import { SETTINGS, type SettingKey, variableOf } from '#platform/settings/schema.ts';
import { PROGRAMS } from '#platform/settings/setting.ts';
import { childEnvironment } from '../../../gateway/standalone/environment.ts';

const OWN = { PATH: '/bin', HOME: undefined, METERWAY_API_PORT: '9999', METERWAY_CONFIG: '/etc/meterway.yaml' };

describe('the environment of a child', () => {
  it('is the supervisor’s own without its settings when every setting is the default', () => {
    expect(childEnvironment(OWN, 'gateway', loadSettings({}), {})).toEqual({ PATH: '/bin' });
  });

  it('has the settings of the program that are not the default, wherever they were set, and no others', () => {
    const settings = loadSettings(
      { METERWAY_LOG_LEVEL: 'debug', METERWAY_OUTAGE_MIN_METERS: '5' },
      { apiPort: '9000' },
    );
    expect(childEnvironment({}, 'gateway', settings, {})).toEqual({
      METERWAY_LOG_LEVEL: 'debug',
      METERWAY_OUTAGE_MIN_METERS: '5',
    });
    expect(childEnvironment({}, 'api', settings, {})).toEqual({
      METERWAY_LOG_LEVEL: 'debug',
      METERWAY_API_PORT: '9000',
    });
  });

  it('takes what only the supervisor knows before what was set', () => {
    const settings = loadSettings({ METERWAY_DATA_DIR: './here', METERWAY_SIMULATION: 'true' });
    const extra = { dataDir: '/abs/here', simulation: false, collectorId: 'c7', brokerPort: 1884 };
    expect(childEnvironment({}, 'collector', settings, extra)).toEqual({
      METERWAY_DATA_DIR: '/abs/here',
      METERWAY_COLLECTOR_ID: 'c7',
    });
  });

  it('is read by each program as the settings it was made from', () => {
    const own = { METERWAY_LOG_LEVEL: 'warn', METERWAY_STOPPED_MIN_WH: '250', METERWAY_API_PUBLIC_PAGE: 'false' };
    const settings = loadSettings({ ...own, METERWAY_VOLTAGE_OFF_SHARE: '0.55', METERWAY_API_HOST: '0.0.0.0' });
    for (const program of PROGRAMS) {
      const read = loadSettings(childEnvironment({}, program, settings, {}));
      for (const key of Object.keys(SETTINGS) as SettingKey[]) {
        const meant = (SETTINGS[key].programs as readonly string[]).includes(program);
        expect(read[key], `${variableOf(key)} of ${program}`).toBe(meant ? settings[key] : SETTINGS[key].fallback);
      }
    }
  });
});
