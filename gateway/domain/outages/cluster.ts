/** Something that happened to a meter at an instant, UTC ms. */
export interface Moment {
  readonly meter: string;
  readonly at: number;
}

/**
 * The largest set of moments within `windowMs` of each other that includes the instant `around`, each meter once by
 * its earliest; ascending. Of several as large, the earliest.
 */
export function clusterAround<M extends Moment>(moments: readonly M[], around: number, windowMs: number): M[] {
  const near = firstPerMeter(moments.filter(({ at }) => Math.abs(at - around) <= windowMs));
  let best: M[] = [];
  for (const { at: from } of near) {
    if (from > around) break;
    if (around > from + windowMs) continue;
    const members = near.filter(({ at }) => at >= from && at <= from + windowMs);
    if (members.length > best.length) best = members;
  }
  return best;
}

function firstPerMeter<M extends Moment>(moments: readonly M[]): M[] {
  const seen = new Set<string>();
  const first: M[] = [];
  for (const moment of [...moments].sort((a, b) => a.at - b.at || (a.meter < b.meter ? -1 : 1))) {
    if (seen.has(moment.meter)) continue;
    seen.add(moment.meter);
    first.push(moment);
  }
  return first;
}

/** The instant by which `share` of `total` had come; the last of the instants when they are too few. */
export function quantileOf(instants: readonly number[], share: number, total = instants.length): number {
  const sorted = [...instants].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(total * share) - 1)] ?? sorted.at(-1) ?? 0;
}
