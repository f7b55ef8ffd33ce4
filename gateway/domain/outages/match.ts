import type { Outage } from '#contract/outage.ts';
import type { OutageSettings } from './settings.ts';
import type { OutageBody } from './write-outage.ts';

/** An incident as it is derived now, on its way to one that has an id. */
export interface Candidate {
  readonly body: OutageBody;
  readonly kind: 'outage' | 'phase-lost';
  readonly nested: boolean;
}

/** Which known incident each candidate goes on, by place in the list; those that nothing goes on are left over. */
export interface Matches {
  readonly byCandidate: ReadonlyMap<Candidate, Outage>;
  readonly left: readonly Outage[];
}

/**
 * Pairs what is derived with what is known, the likeliest first: by the members that they have in common, so that what
 * grows keeps the id of the largest that it takes up; then by place, and by the nearness of their beginnings.
 */
export function matched(
  candidates: readonly Candidate[],
  known: readonly Outage[],
  settings: Pick<OutageSettings, 'windowMs'>,
): Matches {
  const pairs: { candidate: Candidate; outage: Outage; score: number; apart: number }[] = [];
  for (const candidate of candidates) {
    for (const outage of known) {
      const score = likeness(candidate, outage, settings.windowMs);
      if (score === 0) continue;
      pairs.push({ candidate, outage, score, apart: Math.abs(candidate.body.startedAt - outage.startedAt) });
    }
  }
  pairs.sort((a, b) => b.score - a.score || a.apart - b.apart || (a.outage.id < b.outage.id ? -1 : 1));
  const byCandidate = new Map<Candidate, Outage>();
  const used = new Set<Outage>();
  for (const { candidate, outage } of pairs) {
    if (byCandidate.has(candidate) || used.has(outage)) continue;
    byCandidate.set(candidate, outage);
    used.add(outage);
  }
  return { byCandidate, left: known.filter((outage) => !used.has(outage)) };
}

/** Members in common, and a little more when the place is the same; 0 = not the same, or at other times. */
function likeness({ body, kind, nested }: Candidate, outage: Outage, windowMs: number): number {
  const family = outage.kind === 'planned' ? 'outage' : outage.kind;
  if (family !== kind || body.phase !== outage.phase || nested !== (outage.parent !== null)) return 0;
  const far = Math.abs(body.startedAt - outage.startedAt) > windowMs;
  const end = (each: OutageBody | Outage): number => each.restoredAt ?? Number.POSITIVE_INFINITY;
  if (far && (body.startedAt >= end(outage) || outage.startedAt >= end(body))) return 0;
  const isPlace = body.node === outage.node && body.nodeId === outage.nodeId;
  return sharedMembers(body, outage) + (isPlace ? 0.5 : 0);
}

function sharedMembers(a: Pick<Outage, 'members'>, b: Pick<Outage, 'members'>): number {
  let at = 0;
  let shared = 0;
  for (const { meter } of a.members) {
    while ((b.members[at]?.meter ?? meter) < meter) at++;
    if (b.members[at]?.meter === meter) shared++;
  }
  return shared;
}
