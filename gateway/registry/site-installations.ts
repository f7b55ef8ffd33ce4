import type { Installation, Meter } from '#contract/registry.ts';
import { instantOf } from '#contract/zone.ts';
import type { SiteFile } from './site-schema.ts';

export type SiteMeter = SiteFile['meters'][number];
export type SiteInstallation = NonNullable<SiteMeter['installations']>[number];

/** A meter without a date of installation has always been there. */
const LONG_AGO = '2000-01-01';

/** A register of a site file in whole Wh; null when none is written down. */
export function registerWh(wh: number | undefined, kwh: number | undefined): number | null {
  if (wh !== undefined) return wh;
  return kwh === undefined ? null : Math.round(kwh * 1000);
}

/** CT or PT of a meter now: its own, else that of an installation that still lasts, else 1. */
export function presentRatio(meter: SiteMeter, of: 'ct' | 'pt'): number {
  const last = meter.installations?.at(-1);
  return meter[of] ?? (last?.to === undefined ? last?.[of] : undefined) ?? 1;
}

/** 装拆记录 of a site file's meter. What an installation shares with the meter it leaves out. */
export function installationsFor(site: SiteMeter, meter: Meter, timeZone: string): Installation[] {
  if (site.installations) return site.installations.map((entry) => installationFor(entry, meter, timeZone));
  return [
    {
      meter: meter.id,
      account: site.account ?? null,
      from: instantOf(timeZone, site.installed ?? LONG_AGO),
      to: site.removed === undefined ? null : instantOf(timeZone, site.removed),
      startWh: null,
      endWh: null,
    },
  ];
}

function installationFor(entry: SiteInstallation, meter: Meter, timeZone: string): Installation {
  const { area, ct, pt } = entry;
  return {
    meter: meter.id,
    account: entry.account ?? null,
    from: instantOf(timeZone, entry.from),
    to: entry.to === undefined ? null : instantOf(timeZone, entry.to),
    startWh: registerWh(entry.startWh, entry.startKwh),
    endWh: registerWh(entry.endWh, entry.endKwh),
    ...(area !== undefined && area !== meter.area && { area }),
    ...(ct !== undefined && ct !== meter.ct && { ct }),
    ...(pt !== undefined && pt !== meter.pt && { pt }),
  };
}
