import { describe, expect, it } from 'vitest';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { outageSettings, probeLimits } from '../../../gateway/outages/settings.ts';

describe('the weights of evidence', () => {
  it('are the settings of the installation', () => {
    const settings = loadSettings({
      METERWAY_VOLTAGE_OFF_SHARE: '0.5',
      METERWAY_VOLTAGE_ON_SHARE: '0.9',
      METERWAY_OUTAGE_MIN_METERS: '7',
      METERWAY_OUTAGE_MIN_SHARE: '0.3',
      METERWAY_OUTAGE_FEEDER_MIN_AREAS: '4',
      METERWAY_OUTAGE_WINDOW_S: '90',
      METERWAY_OUTAGE_MIN_DOWN_S: '30',
      METERWAY_OUTAGE_UNCONFIRMED_MINUTES: '60',
      METERWAY_OUTAGE_PLANNED_SLACK_MINUTES: '5',
      METERWAY_OUTAGE_PROBE_SAMPLE: '9',
      METERWAY_OUTAGE_PROBES_PER_MINUTE: '70',
      METERWAY_OUTAGE_STORM_METERS_PER_MINUTE: '500',
    });
    expect(outageSettings(settings)).toEqual({
      ...DEFAULT_OUTAGE_SETTINGS,
      offShare: 0.5,
      onShare: 0.9,
      minMeters: 7,
      minShare: 0.3,
      minAreas: 4,
      windowMs: 90_000,
      minDownMs: 30_000,
      unconfirmedMs: 3_600_000,
      plannedSlackMs: 300_000,
      probesPerOutage: 9,
      probesPerMin: 70,
      stormMetersPerMin: 500,
    });
  });

  it('are by default those of the domain', () => {
    expect(outageSettings(loadSettings({}))).toEqual(DEFAULT_OUTAGE_SETTINGS);
  });
});

describe('reads for outages', () => {
  it('are bounded as the installation sets it', () => {
    const settings = loadSettings({ METERWAY_OUTAGE_PROBES_AT_ONCE: '5', METERWAY_OUTAGE_PROBES_PER_MINUTE: '50' });
    expect(probeLimits(settings)).toEqual({ atOnce: 5, perMinute: 50 });
  });

  it('are not made where they are switched off', () => {
    expect(probeLimits(loadSettings({ METERWAY_OUTAGE_PROBE: 'false' }))).toBeNull();
  });
});
