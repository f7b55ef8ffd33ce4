import { DEFAULT_OUTAGE_SETTINGS, type OutageSettings } from '#domain/outages/settings.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { ProbeLimits } from './prober.ts';

const MINUTE_MS = 60_000;

/** How evidence is weighed, as the installation sets it. */
export function outageSettings(settings: Settings): OutageSettings {
  return {
    ...DEFAULT_OUTAGE_SETTINGS,
    offShare: settings.voltageOffShare,
    onShare: settings.voltageOnShare,
    minMeters: settings.outageMinMeters,
    minShare: settings.outageMinShare,
    windowMs: settings.outageWindowS * 1000,
    minDownMs: settings.outageMinDownS * 1000,
    minAreas: settings.outageFeederMinAreas,
    unconfirmedMs: settings.outageUnconfirmedMinutes * MINUTE_MS,
    plannedSlackMs: settings.outagePlannedSlackMinutes * MINUTE_MS,
    probesPerOutage: settings.outageProbeSample,
    probesPerMin: settings.outageProbesPerMinute,
    stormMetersPerMin: settings.outageStormMetersPerMinute,
  };
}

/** Null when nothing is to be read for an outage. */
export function probeLimits(settings: Settings): ProbeLimits | null {
  if (!settings.outageProbe) return null;
  return { atOnce: settings.outageProbesAtOnce, perMinute: settings.outageProbesPerMinute };
}
