import type { Meter } from '#contract/registry.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { buildDistrict } from '../../../simulators/district/build.ts';
import { siteFileText } from '../../../simulators/district/site-file.ts';

const AREAS = 50;
const METERS_AN_AREA = 100;
/** Each reads so many meters that one slot of them fills an envelope. */
export const ROWS_AN_ENVELOPE = 500;
const AREAS_A_COLLECTOR = ROWS_AN_ENVELOPE / METERS_AN_AREA;

export interface Stream {
  readonly collector: string;
  readonly meters: readonly Meter[];
}

export interface District {
  readonly index: RegistryIndex;
  readonly id: string;
  readonly meters: readonly Meter[];
  /** Meters of each collector, `ROWS_AN_ENVELOPE` of them. */
  readonly streams: readonly Stream[];
}

/** 5,000 meters behind ten collectors, all with three phases: they give the most quantities. */
export function ingestDistrict(now: number): District {
  const areas = Array.from({ length: AREAS }, (_, i) => ({
    id: `A${i + 1}`,
    // The supply meter is one of them.
    lines: [{ id: `L${i + 1}`, kind: 'dlt645-tcp', customers: METERS_AN_AREA - 1 } as const],
  }));
  const spec = buildDistrict({ areas });
  const endpoints = new Map(spec.lines.map((line, i) => [line.id, { host: '127.0.0.1', port: 20_000 + i }]));
  const site = parseSite('site.yaml', siteFileText(spec, endpoints), now);
  const id = site.districts[0]?.id ?? '';
  const collectorOf = (area: number): string => `c${Math.floor(area / AREAS_A_COLLECTOR) + 1}`;
  const lines = site.lines.map((line, i) => ({ ...line, collector: collectorOf(i) }));
  const meters = site.meters.map((meter): Meter => ({ ...meter, model: 'dlt645-3ph', phase: null }));
  const collectors = [...new Set(lines.map((line) => line.collector))].map((name) => ({ id: name, district: id }));
  const index = new RegistryIndex({ ...site, lines, meters, collectors });
  const streams = collectors.map(({ id: collector }) => ({ collector, meters: index.metersOfCollector(collector) }));
  return { index, id, meters, streams };
}
