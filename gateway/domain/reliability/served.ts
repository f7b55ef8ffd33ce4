import type { RegistryIndex } from '../registry-index.ts';
import type { Span } from './interruptions.ts';

/** Installations that are looked at before others have their turn. */
const TURN = 8192;

/**
 * By area, the time that customers' meters were in place inside a period, ms. Yields `null` wherever others may have a
 * turn, at last the map: a district may have a million of them.
 */
export function* servedMs(index: RegistryIndex, period: Span): Generator<null, Map<string, bigint>> {
  const served = new Map<string, number>();
  let looked = 0;
  for (const { meter: id, area, from, to } of index.installations()) {
    if (++looked % TURN === 0) yield null;
    const ms = Math.min(to ?? period.to, period.to) - Math.max(from, period.from);
    if (ms <= 0) continue;
    const meter = index.meter(id);
    if (meter?.role !== 'customer') continue;
    const place = area ?? meter.area;
    served.set(place, (served.get(place) ?? 0) + ms);
  }
  return new Map([...served].map(([area, ms]) => [area, BigInt(ms)]));
}
