import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';

/** So many neighbours are asked; more would tell little more and keep the lines busy. */
export const MOST_NEIGHBOURS = 6;

/**
 * Customers' meters of the same area that are in place at an instant, nearest first: those in the same box, on the same
 * branch, on the same phase, then any. Among equals those of other lines come first, since a broken line would silence
 * them all alike; then by id, so that the same question finds the same meters.
 */
export function neighboursOf(index: RegistryIndex, meter: Meter, at: number, most = MOST_NEIGHBOURS): Meter[] {
  const near: { readonly far: number; readonly other: Meter }[] = [];
  for (const other of index.metersOfArea(meter.area)) {
    if (other.id === meter.id || other.role !== 'customer') continue;
    near.push({ far: distance(meter, other), other });
  }
  near.sort((a, b) => a.far - b.far || (a.other.id < b.other.id ? -1 : 1));
  const found: Meter[] = [];
  for (const { other } of near) {
    if (found.length >= most) break;
    if (isServed(index, other, at)) found.push(other);
  }
  return found;
}

function distance(meter: Meter, other: Meter): number {
  const isSameLine = meter.line === other.line ? 1 : 0;
  if (meter.box !== undefined && meter.box === other.box) return isSameLine;
  if (meter.branch !== undefined && meter.branch === other.branch) return 2 + isSameLine;
  return (meter.phase !== null && meter.phase === other.phase ? 4 : 6) + isSameLine;
}

/** One whose supply is switched off by order tells nothing. */
function isServed(index: RegistryIndex, { id }: Meter, at: number): boolean {
  if (index.installationAt(id, at) === null) return false;
  const status = index.accountAt(id, at)?.status;
  return status === undefined || status === 'active';
}
