import type { Outage, OutageFact } from '#contract/outage.ts';
import { PHASES, type Phase } from '#contract/quantities.ts';
import {
  type AreaView,
  allMeters,
  type Cause,
  darkSince,
  newIncident,
  openIncident,
  RESTORED_SHARE,
  restored,
  withMeters,
} from './area-view.ts';
import { clusterAround, type Moment, quantileOf } from './cluster.ts';
import { isDark } from './meter-facts.ts';
import { isOff } from './run.ts';

/**
 * Changes that one piece of evidence makes to incidents of a missing phase: a meter with one or two phases off while
 * another is on; or the area, when its supply meter or enough of its meters miss the same phase. A three-phase meter
 * shows it by itself. Single-phase meters on a known phase that went dark together count too, if a meter on another
 * phase has voltage: without that witness they speak for an outage.
 */
export function judgePhases(view: AreaView, cause: Cause): Outage[] {
  const changed: Outage[] = [];
  for (const phase of PHASES) {
    const concerned = view.facts(cause.meter).phases?.[phase] !== undefined || view.phaseOf(cause.meter) === phase;
    if (concerned) changed.push(...judgePhase(view, cause, phase));
  }
  return changed;
}

function judgePhase(view: AreaView, cause: Cause, phase: Phase): Outage[] {
  const ofArea = openIncident(view, 'phase-lost', 'area', view.topology.area, phase);
  if (ofArea)
    return [closeArea(view, extendArea(view, ofArea, phase), phase), ...judgeMeter(view, cause, phase, false)];
  const since = missesSince(view, cause.meter, phase);
  const found = since === null ? null : detectArea(view, cause, phase, since);
  return found ? [found, ...judgeMeter(view, cause, phase, false)] : judgeMeter(view, cause, phase, true);
}

/**
 * Since when a meter misses a phase, or null: its own reading shows it, or it is a single-phase customer's meter on
 * that phase and dark, while no outage of the area explains that.
 */
function missesSince(view: AreaView, meter: string, phase: Phase): number | null {
  const run = view.facts(meter).phases?.[phase];
  if (run) return isOff(run) ? run.offSince : null;
  const { supply, area } = view.topology;
  if (view.phaseOf(meter) !== phase || meter === supply || openIncident(view, 'outage', 'area', area)) return null;
  return darkSince(view, meter);
}

function judgeMeter(view: AreaView, cause: Cause, phase: Phase, mayOpen: boolean): Outage[] {
  const { meter } = cause;
  const run = view.facts(meter).phases?.[phase];
  if (!run) return [];
  const known = openIncident(view, 'phase-lost', 'meter', meter, phase);
  if (known && !isOff(run)) return [restored(known, run.onSince, [phaseFact(view, 'on', meter, run.onSince, phase)])];
  if (known || !mayOpen || !isOff(run)) return [];
  const opened = newIncident(view, cause, 'meter', meter, run.offSince, phase);
  return [{ ...withMeters(opened, [meter], [phaseFact(view, 'off', meter, run.offSince, phase)]), confidence: 'high' }];
}

function detectArea(view: AreaView, cause: Cause, phase: Phase, since: number): Outage | null {
  const { supply, area } = view.topology;
  if (cause.meter === supply) {
    return { ...extendArea(view, newIncident(view, cause, 'area', area, since, phase), phase), confidence: 'high' };
  }
  const missing: Moment[] = [];
  for (const meter of view.topology.customers) {
    const at = missesSince(view, meter, phase);
    if (at !== null) missing.push({ meter, at });
  }
  const cluster = clusterAround(missing, since, view.settings.windowMs);
  const [first] = cluster;
  if (!first || cluster.length < view.settings.minMeters || !hasWitness(view, cluster, phase)) return null;
  return extendArea(view, newIncident(view, cause, 'area', area, first.at, phase), phase);
}

/** A meter that has voltage on another phase while these miss theirs. */
function hasWitness(view: AreaView, cluster: readonly Moment[], phase: Phase): boolean {
  if (cluster.some(({ meter }) => view.facts(meter).phases?.[phase])) return true;
  const last = Math.max(...cluster.map(({ at }) => at));
  return allMeters(view.topology).some((meter) => {
    const own = view.phaseOf(meter);
    return own !== phase && own !== null && view.facts(meter).supply.onAt > last;
  });
}

function extendArea(view: AreaView, outage: Outage, phase: Phase): Outage {
  const from = outage.startedAt - view.settings.windowMs;
  const facts: OutageFact[] = [];
  for (const meter of allMeters(view.topology)) {
    const since = missesSince(view, meter, phase);
    if (since !== null && since >= from) facts.push(phaseFact(view, 'off', meter, since, phase));
  }
  return withMeters(
    outage,
    facts.map((fact) => fact.meter),
    facts,
  );
}

/** Over when the supply meter, if it missed the phase, has it again; else when 90 % of the meters that missed it do. */
function closeArea(view: AreaView, outage: Outage, phase: Phase): Outage {
  const back: Moment[] = [];
  for (const meter of outage.meters) {
    const facts = view.facts(meter);
    const run = facts.phases?.[phase] ?? facts.supply;
    const off = facts.phases?.[phase] ? isOff(run) : isDark(facts);
    if (!off) back.push({ meter, at: run.onSince });
  }
  const { supply } = view.topology;
  const bySupply = back.find(({ meter }) => meter === supply);
  const enough = back.length >= RESTORED_SHARE * outage.meters.length;
  if (supply !== null && outage.meters.includes(supply) ? !bySupply : !enough) return outage;
  const instants = back.map(({ at }) => at);
  const restoredAt = bySupply?.at ?? quantileOf(instants, RESTORED_SHARE);
  return restored(
    outage,
    restoredAt,
    back.map(({ meter, at }) => phaseFact(view, 'on', meter, at, phase)),
  );
}

/** A three-phase meter names the phase; of a single-phase meter only its voltage is known. */
function phaseFact(view: AreaView, state: 'on' | 'off', meter: string, at: number, phase: Phase): OutageFact {
  const name = view.facts(meter).phases?.[phase] ? 'phase' : 'voltage';
  return { fact: `${name}_${state}`, meter, at, detail: phase.toUpperCase() };
}
