import type { Outage, OutageMember } from '#contract/outage.ts';
import type { FeederParts } from './feeder-work.ts';
import type { OutageBody } from './write-outage.ts';

/**
 * Whether something speaks against an incident that is over and that nothing tells of any more: half of those that told
 * of it were lit meanwhile, are switched off by order, or belong to what is derived now. That its evidence is forgotten
 * does not.
 */
export function isRefuted(parts: FeederParts, outage: Outage, bodies: readonly OutageBody[]): boolean {
  const told = outage.members.filter((member) => member.told === 'itself');
  if (told.length === 0) return bodies.some((body) => body.nodeId === outage.nodeId && areTogether(body, outage));
  const taken = new Set(bodies.filter((body) => areTogether(body, outage)).flatMap(membersTold));
  const against = told.filter((member) => taken.has(member.meter) || wasNotDark(parts, outage, member));
  return against.length * 2 >= told.length;
}

function wasNotDark(
  { view, facts, off, known }: FeederParts,
  outage: Outage,
  { meter, from, to }: OutageMember,
): boolean {
  const { memory, settings, topology } = view;
  const number = topology.meters.ids.numberOf(meter);
  if (number === undefined) return false;
  const end = to ?? outage.restoredAt ?? from;
  if (off.wasOff(number, from, end)) return true;
  // A meter that is lit inside, or whose interruption came out too short, did not belong to it.
  if (memory.litBetween(number, from + settings.clockMs, end - settings.clockMs) > 0) return true;
  const until = outage.node === 'meter' ? to : null;
  return (
    from > known.forgotten && facts.remembers(meter, from) && !facts.wasDark(number, from, end, outage.phase, until)
  );
}

function areTogether(body: OutageBody, outage: Outage): boolean {
  return (
    body.startedAt < (outage.restoredAt ?? outage.startedAt) &&
    (body.restoredAt ?? Number.POSITIVE_INFINITY) > outage.startedAt
  );
}

function membersTold({ members }: OutageBody): string[] {
  return members.filter(({ told }) => told === 'itself').map(({ meter }) => meter);
}
