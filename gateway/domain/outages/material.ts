import type { Outage } from '#contract/outage.ts';

const MINUTE = 60_000;
/** Beginning and end that move by less hardly matter. */
const HARDLY_MS = 10_000;
/** Nor does it when the number of its meters changes by less. */
const HARDLY_SHARE = 0.1;

/** Whether nothing changed that anybody must be told at once. */
export function isAlike(a: Outage, b: Outage): boolean {
  return (
    a.state === b.state &&
    a.kind === b.kind &&
    a.node === b.node &&
    a.nodeId === b.nodeId &&
    isNear(a.startedAt, b.startedAt, MINUTE) &&
    isNear(a.restoredAt, b.restoredAt, MINUTE) &&
    a.confidence === b.confidence &&
    a.planned === b.planned &&
    a.overrun === b.overrun
  );
}

/** Whether nothing changed at all that is told; of what is over, that is the times of every member, too. */
export function isSame(a: Outage, b: Outage): boolean {
  const heads =
    isAlike(a, b) &&
    a.startedAt === b.startedAt &&
    a.restoredAt === b.restoredAt &&
    a.customers === b.customers &&
    a.areas.length === b.areas.length &&
    a.areas.every((area, place) => area === b.areas[place]);
  return heads && (b.restoredAt === null || hasSameMembers(a, b));
}

function hasSameMembers(a: Outage, b: Outage): boolean {
  return (
    a.members.length === b.members.length &&
    a.members.every((member, place) => {
      const other = b.members[place];
      return (
        other?.meter === member.meter &&
        other.from === member.from &&
        other.to === member.to &&
        other.told === member.told
      );
    })
  );
}

/** Whether what changed is worth telling soon, if not at once: how many it takes, and when. Not of a mere suspicion. */
export function isNotable(a: Outage, b: Outage): boolean {
  if (b.state === 'unconfirmed') return false;
  const grown = Math.abs(a.customers - b.customers) > HARDLY_SHARE * a.customers;
  return grown || !isNear(a.startedAt, b.startedAt, HARDLY_MS) || !isNear(a.restoredAt, b.restoredAt, HARDLY_MS);
}

function isNear(a: number | null, b: number | null, ms: number): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a - b) <= ms);
}
