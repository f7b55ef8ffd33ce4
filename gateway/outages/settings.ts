import { DEFAULT_OUTAGE_SETTINGS, type OutageSettings } from '#domain/outages/settings.ts';
import type { Settings } from '#platform/settings/schema.ts';

/** How evidence is weighed, as the installation sets it. */
export function outageSettings(settings: Settings): OutageSettings {
  return {
    ...DEFAULT_OUTAGE_SETTINGS,
    offShare: settings.voltageOffShare,
    onShare: settings.voltageOnShare,
    minMeters: settings.outageMinMeters,
    minShare: settings.outageMinShare,
    windowMs: settings.outageWindowS * 1000,
  };
}
