import type { Registry } from '#contract/registry.ts';
import type { CollectorStatus } from '#contract/status.ts';

/** A collector that was not heard for this long is taken to be offline, ms: four of its reports. */
export const SILENT_MS = 120_000;

/** What a collector said last, and when that came by the clock of the centre, UTC ms. */
export interface ToldStatus {
  readonly district: string;
  readonly collector: string;
  readonly status: CollectorStatus;
  readonly receivedAt: number;
}

export interface CollectorHealth extends ToldStatus {
  readonly online: boolean;
}

/**
 * The collectors of the registry that were heard of, by id. Silence is measured by the clock of the centre alone: a
 * collector whose own clock is wrong is not offline. What was said under a district it has left does not count.
 */
export function collectorHealth(
  registry: Pick<Registry, 'collectors'>,
  told: readonly ToldStatus[],
  now: number,
): Map<string, CollectorHealth> {
  const districts = new Map(registry.collectors.map(({ id, district }) => [id, district]));
  const health = new Map<string, CollectorHealth>();
  for (const each of told) {
    if (districts.get(each.collector) !== each.district) continue;
    health.set(each.collector, { ...each, online: each.status.online && now - each.receivedAt < SILENT_MS });
  }
  return health;
}
