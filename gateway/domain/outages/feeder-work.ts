import type { Outage } from '#contract/outage.ts';
import { incidentId } from '../incident-id.ts';
import type { Announced } from './announced.ts';
import type { RunFamily } from './claims.ts';
import type { DarkRun } from './dark-run.ts';
import { deriveFeeder } from './derive-feeder.ts';
import type { Derived, View } from './derive-types.ts';
import type { EngineFacts } from './engine-facts.ts';
import type { KnownIncidents } from './known-incidents.ts';
import { type Candidate, matched } from './match.ts';
import { isAlike, isNotable, isSame } from './material.ts';
import type { PhaseRuns } from './phase-incident.ts';
import { type PlanMatch, planOf } from './planned.ts';
import { isRefuted } from './refuted.ts';
import { isSuspicion, stillSuspected, suspicions } from './suspicion.ts';
import type { SwitchedOff } from './switched-off.ts';
import { bodyOf, type OutageBody } from './write-outage.ts';

export interface FeederParts {
  readonly view: View;
  readonly feeder: number;
  readonly facts: EngineFacts;
  readonly known: KnownIncidents;
  readonly announced: Announced;
  readonly off: SwitchedOff;
  wayIsDown(meter: number): boolean;
}

/** Works out one feeder anew; the incidents that changed materially, with their new revisions, now known as well. */
export function workOut(parts: FeederParts): Outage[] {
  const { view, feeder, facts, known, off } = parts;
  const { windowMs } = view.settings;
  known.heldUntil = Number.POSITIVE_INFINITY;
  const standing = known.standing(windowMs);
  const { dark, phases } = facts.runsOf(feeder, known.forgotten, off);
  releaseJoined(parts, standing, [dark, phases.a, phases.b, phases.c]);
  const claims = known.claims.of(standing, view.topology, view.settings.shiftMs, (outage) => known.isFrozen(outage));
  const free = (runs: readonly DarkRun[], family: RunFamily): DarkRun[] =>
    runs.filter((run) => !claims.has(run, family) && !known.isOfForgotten(run.start, windowMs));
  const derived = deriveFeeder({ ...view, dark }, feeder, free(dark, 'outage'), {
    a: free(phases.a, 'a'),
    b: free(phases.b, 'b'),
    c: free(phases.c, 'c'),
  } satisfies PhaseRuns);
  const suspected = suspicions(parts, derived);
  const byDerived = new Map<Derived, Candidate>();
  for (const each of [...derived, ...suspected]) {
    byDerived.set(each, { body: bodyOf(view.topology, each), kind: each.kind, nested: each.parent !== null });
  }
  const open = [...known.all()].filter((each) => !standing.has(each) && each.state !== 'dismissed');
  const { byCandidate, left } = matched([...byDerived.values()], open, view.settings);
  const changed: Outage[] = [];
  const ids = new Map<Derived, string>();
  const used = new Set([...standing, ...open].map(({ id }) => id));
  for (const [each, candidate] of byDerived) {
    const outage = written(parts, each, candidate, byCandidate.get(candidate), ids, used);
    ids.set(each, outage.id);
    keep(parts, outage, changed);
  }
  const bodies = [...byDerived.values()].map(({ body }) => body);
  for (const outage of left) dropOrKeep(parts, outage, bodies, changed);
  for (const { id } of standing) tellHeld(parts, id, changed);
  return changed;
}

/** Past incidents stand no longer when a meter is found to have been dark meanwhile that is none of theirs. */
function releaseJoined(
  { known, view }: FeederParts,
  standing: Set<Outage>,
  runs: readonly (readonly DarkRun[])[],
): void {
  const changed = known.takeChanged();
  if (standing.size === 0 || changed.size === 0) return;
  const { windowMs, shiftMs } = view.settings;
  const isAbout = ({ meter, start, end }: DarkRun): boolean => {
    const span = changed.get(meter);
    // What was learnt may have moved a record by as much as clocks are wrong.
    return span !== undefined && start <= span.to + shiftMs && (end ?? Number.POSITIVE_INFINITY) >= span.from - shiftMs;
  };
  for (const run of runs.flatMap((list) => list.filter(isAbout))) {
    // A record with both its times may be that of a wrong clock.
    const slack = run.exactStart && run.exactEnd ? shiftMs : windowMs;
    const end = (run.end ?? run.until) + slack;
    const near = [...standing].filter(({ startedAt, restoredAt }) => {
      return run.start <= (restoredAt ?? 0) + slack && end >= startedAt;
    });
    for (const outage of near) known.release(outage, standing);
  }
}

/** The incident as it is to be known: with its id, its plan and the next revision when something material changed. */
function written(
  parts: FeederParts,
  derived: Derived,
  { body: derivedBody }: Candidate,
  before: Outage | undefined,
  ids: ReadonlyMap<Derived, string>,
  used: Set<string>,
): Outage {
  const { view, known } = parts;
  const body = before ? unwidened(parts, derivedBody, before) : derivedBody;
  const plan = derived.kind === 'outage' ? planned(parts, body, before) : null;
  // Work explains what goes dark; that some are not heard of when it is over says nothing yet.
  const isExplained = plan !== null && body.node !== 'meter' && derived.parent === null;
  const state = isExplained && body.state === 'unconfirmed' ? 'open' : body.state;
  const fresh = before?.id ?? freshId(derived, body, used);
  used.add(fresh);
  const last = before ?? known.get(fresh);
  const outage: Outage = {
    ...body,
    ...historyOf(last, body, view.now),
    id: fresh,
    kind: plan ? 'planned' : derived.kind,
    state,
    parent: derived.parent ? (ids.get(derived.parent) ?? null) : null,
    planned: plan?.externalId ?? null,
    overrun: plan?.overrun ?? false,
  };
  const own = state === 'unconfirmed' ? { ...outage, confirmedAt: null } : outage;
  return isToBeTold(parts, own) ? { ...own, revision: own.revision + 1 } : own;
}

/**
 * What is over takes no more meters that did not tell so themselves where it may be forgotten that those were lit: of
 * what was stored, and of meters that were seen lit so often since.
 */
function unwidened({ view, known }: FeederParts, body: OutageBody, before: Outage): OutageBody {
  if (before.state !== 'restored') return body;
  // More that told found it elsewhere: who shares it there is another question.
  if (body.nodeId !== before.nodeId && body.dark > before.dark) return body;
  const { topology, memory } = view;
  const taken = new Set(before.members.map(({ meter }) => meter));
  const isStored = known.isStored(before.id);
  const members = body.members.filter(({ meter, told }) => {
    if (told === 'itself' || taken.has(meter)) return true;
    const number = topology.meters.ids.numberOf(meter);
    return !isStored && number !== undefined && !memory.mayLackLit(number, before.startedAt);
  });
  return { ...body, members, customers: body.customers - (body.members.length - members.length) };
}

/** From kind, place and first known start, so that the same evidence makes the same id. */
function freshId(
  { kind, parent }: Derived,
  { phase, node, nodeId, startedAt }: OutageBody,
  used: ReadonlySet<string>,
): string {
  const name = phase === null ? kind : `${kind}-${phase}`;
  const place = `${node}-${nodeId.replaceAll('/', '-')}`;
  // An incident that has moved since keeps the id of where and when it was first known.
  for (let at = startedAt; ; at++) {
    const id = incidentId(parent ? `nested-${name}` : name, place, at);
    if (!used.has(id)) return id;
  }
}

/** What an incident keeps of what it was before. */
function historyOf(
  last: Outage | undefined,
  { firstEvidenceAt }: OutageBody,
  now: number,
): Pick<Outage, 'firstEvidenceAt' | 'detectedAt' | 'confirmedAt' | 'revision'> {
  if (!last) return { firstEvidenceAt, detectedAt: now, confirmedAt: now, revision: 0 };
  return {
    firstEvidenceAt: Math.min(firstEvidenceAt, last.firstEvidenceAt),
    detectedAt: last.detectedAt,
    confirmedAt: last.confirmedAt ?? now,
    revision: last.revision,
  };
}

/** What is material is told at once, the rest when nothing was told for a while. */
function isToBeTold({ known, view }: FeederParts, outage: Outage): boolean {
  const last = known.lastTold(outage.id);
  if (!last || !isAlike(last.outage, outage)) return true;
  if (isSame(last.outage, outage)) return false;
  const { minorMs, lesserMs } = view.settings;
  const at = last.at + (isNotable(last.outage, outage) ? minorMs : lesserMs);
  if (view.now >= at) return true;
  known.heldUntil = Math.min(known.heldUntil, at);
  return false;
}

/** The plan that explains it; what is over keeps its plan when that is named no longer. */
function planned({ view, announced }: FeederParts, body: OutageBody, before: Outage | undefined): PlanMatch | null {
  const { plans } = announced;
  const place = { ...body, meters: plans.length === 0 ? [] : body.members.map(({ meter }) => meter) };
  const plan = planOf(place, plans, view.settings, view.now);
  if (plan || !before || before.planned === null || body.restoredAt === null) return plan;
  return announced.isPast(before.planned, view.now) ? { externalId: before.planned, overrun: before.overrun } : null;
}

function keep({ known, view }: FeederParts, outage: Outage, changed: Outage[]): void {
  if (known.get(outage.id)?.revision !== outage.revision) {
    changed.push(outage);
    known.tell(outage, view.now);
  }
  known.put(outage);
}

/** What was held back of a past incident that stands. */
function tellHeld(parts: FeederParts, id: string, changed: Outage[]): void {
  const outage = parts.known.get(id);
  if (!outage || parts.known.lastTold(id)?.outage === outage || !isToBeTold(parts, outage)) return;
  keep(parts, { ...outage, revision: outage.revision + 1 }, changed);
}

/** What nothing tells of any more: it was none. What is over stays, unless something speaks against it. */
function dropOrKeep(parts: FeederParts, outage: Outage, bodies: readonly OutageBody[], changed: Outage[]): void {
  const { view, known } = parts;
  if (isSuspicion(outage) && stillSuspected(parts, outage)) return;
  if (outage.state === 'restored' && !isRefuted(parts, outage, bodies)) return;
  if (isSuspicion(outage)) known.silenceAfter = Math.max(known.silenceAfter, view.now);
  keep(
    parts,
    {
      ...outage,
      state: 'dismissed',
      restoredAt: null,
      confirmedAt: null,
      revision: outage.revision + 1,
    },
    changed,
  );
}
