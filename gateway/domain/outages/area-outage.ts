import type { Outage, OutageFact } from '#contract/outage.ts';
import {
  type AreaView,
  allMeters,
  type Cause,
  darkSince,
  newIncident,
  offFact,
  openIncident,
  RESTORED_SHARE,
  restored,
  withMeters,
} from './area-view.ts';
import { clusterAround, type Moment, quantileOf } from './cluster.ts';
import { isDark, isMute } from './meter-facts.ts';
import { metersNeeded } from './settings.ts';

/**
 * A running outage of the area, from positive evidence only: the supply meter is dark and no customer meter answered
 * with voltage since, or enough customer meters went dark within the window. Null when there is none.
 */
export function detectAreaOutage(view: AreaView, cause: Cause): Outage | null {
  const since = speaksForOutage(cause) ? darkSince(view, cause.meter) : null;
  if (since === null) return null;
  const { supply, customers } = view.topology;
  if (cause.meter === supply) {
    const contradicted = customers.some((meter) => view.facts(meter).supply.onAt > since);
    return contradicted ? null : begin(view, cause, since);
  }
  const dark: Moment[] = [];
  for (const meter of customers) {
    const at = losesOnlyItsPhase(view, meter) ? null : darkSince(view, meter);
    if (at !== null) dark.push({ meter, at });
  }
  const cluster = clusterAround(dark, since, view.settings.windowMs);
  const [first] = cluster;
  return first && cluster.length >= metersNeeded(customers.length, view.settings) ? begin(view, cause, first.at) : null;
}

/** Only evidence of missing supply raises an outage: silence and answers change what is known, not what is wrong. */
function speaksForOutage({ fact }: Cause): boolean {
  return fact === 'voltage_off' || fact === 'on_battery' || fact === 'power_down';
}

/** A single-phase meter on a phase that the area misses is explained by that. */
function losesOnlyItsPhase(view: AreaView, meter: string): boolean {
  const phase = view.phaseOf(meter);
  return phase !== null && openIncident(view, 'phase-lost', 'area', view.topology.area, phase) !== undefined;
}

function begin(view: AreaView, cause: Cause, startedAt: number): Outage {
  return extendAreaOutage(view, newIncident(view, cause, 'area', view.topology.area, startedAt));
}

/**
 * An open outage with every meter it is known to reach: those that went dark since shortly before it began, and those
 * that fell silent. The confidence is high when the supply meter or half of the customers are dark; it never falls.
 */
export function extendAreaOutage(view: AreaView, outage: Outage): Outage {
  const { supply, customers } = view.topology;
  const from = outage.startedAt - view.settings.windowMs;
  const facts: OutageFact[] = [];
  let darkCustomers = 0;
  for (const meter of allMeters(view.topology)) {
    const known = view.facts(meter);
    const since = darkSince(view, meter);
    if (since !== null && since >= from) {
      facts.push(offFact(view, meter));
      if (meter !== supply) darkCustomers++;
    } else if (known.silentAt >= outage.startedAt && isMute(known)) {
      facts.push({ fact: 'silent', meter, at: known.silentAt, detail: '' });
    }
  }
  const supplyDark = facts.some((fact) => fact.meter === supply && fact.fact !== 'silent');
  const high = supplyDark || darkCustomers * 2 >= customers.length;
  const wider = withMeters(
    outage,
    facts.map((fact) => fact.meter),
    facts,
  );
  return high && wider.confidence !== 'high' ? { ...wider, confidence: 'high' } : wider;
}

/**
 * When a meter had supply again after the outage took it, UTC ms; null when that is not known. What the meter recorded
 * itself and what it was seen with are both taken; the later counts, because supply may come back twice.
 */
export function returnOf(view: AreaView, outage: Outage, meter: string): number | null {
  const { supply, downs } = view.facts(meter);
  const until = outage.restoredAt ?? Number.POSITIVE_INFINITY;
  const ends = downs.filter((down) => overlaps(outage, down)).map(({ end }) => end);
  const ran = supply.offSince >= outage.startedAt - view.settings.windowMs && supply.offSince <= until;
  if (ran && supply.onSince > outage.startedAt) ends.push(supply.onSince);
  return ends.length === 0 ? null : Math.max(...ends);
}

export function overlaps(outage: Outage, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return start < (outage.restoredAt ?? Number.POSITIVE_INFINITY) && end > outage.startedAt;
}

/**
 * The outage restored, or null while it lasts. It is over when the supply meter, gone before, has voltage; or when
 * 90 % of the affected customers that are heard of do. Never on the word of few: as many must be back as it takes to
 * raise an outage, and no fewer than are still dark.
 */
export function restoreAreaOutage(view: AreaView, outage: Outage): Outage | null {
  const bySupply = supplyReturn(view, outage);
  if (bySupply !== null) {
    const meter = view.topology.supply ?? '';
    return restored(outage, bySupply, [{ fact: 'voltage_on', meter, at: bySupply, detail: '' }]);
  }
  const affected = affectedCustomers(view, outage);
  const back: Moment[] = [];
  for (const meter of affected) {
    const at = backSince(view, outage, meter);
    if (at !== null) back.push({ meter, at });
  }
  const instants = back.map(({ at }) => at);
  const first = Math.min(...instants);
  const dark = affected.filter((meter) => isDark(view.facts(meter)));
  const heard = dark.filter((meter) => !isMute(view.facts(meter)) || view.facts(meter).silentAt <= first);
  const needed = Math.min(metersNeeded(view.topology.customers.length, view.settings), affected.length);
  const few = back.length === 0 || back.length < needed || back.length < dark.length;
  if (few || back.length < RESTORED_SHARE * (back.length + heard.length)) return null;
  return restored(
    outage,
    quantileOf(instants, RESTORED_SHARE, back.length + heard.length),
    back.map(({ meter, at }) => ({ fact: 'voltage_on', meter, at, detail: '' })),
  );
}

/** An outage that the supply meter told of takes every customer of the area; else those that are known to be in it. */
function affectedCustomers(view: AreaView, outage: Outage): readonly string[] {
  const { supply, customers } = view.topology;
  if (outage.evidence.some((fact) => fact.meter === supply && fact.fact !== 'silent')) return customers;
  const members = new Set(outage.meters);
  return customers.filter((meter) => members.has(meter));
}

/** Since when a customer has supply again, or null when it is dark or was not heard of since the outage began. */
function backSince(view: AreaView, outage: Outage, meter: string): number | null {
  const facts = view.facts(meter);
  if (isDark(facts)) return null;
  const { onAt } = facts.supply;
  return returnOf(view, outage, meter) ?? (onAt > Math.max(outage.startedAt, facts.silentAt) ? onAt : null);
}

/** When the supply meter had voltage again after it was dark or silent in the outage. */
function supplyReturn(view: AreaView, outage: Outage): number | null {
  if (view.topology.supply === null) return null;
  const facts = view.facts(view.topology.supply);
  const { onAt, onSince, offAt } = facts.supply;
  const { startedAt } = outage;
  const wasDark = offAt >= startedAt - view.settings.windowMs && (isDark(facts) || onSince > startedAt);
  const gone = Math.max(wasDark ? offAt : 0, facts.silentAt >= startedAt ? facts.silentAt : 0);
  if (gone === 0 || onAt <= Math.max(gone, startedAt)) return null;
  return onSince > Math.max(gone, startedAt) ? onSince : onAt;
}
