import type { Outage, OutageFact } from '#contract/outage.ts';
import { overlaps, returnOf } from './area-outage.ts';
import { type AreaView, allMeters, type Cause, newIncident, RESTORED_SHARE, withMeters } from './area-view.ts';
import { clusterAround, type Moment, quantileOf } from './cluster.ts';
import type { Down } from './meter-facts.ts';
import { metersNeeded } from './settings.ts';

/**
 * What a finished interruption from a meter's memory makes known. It belongs to the outage it overlaps: the meter is
 * added, and the times become those that the meters recorded. When it overlaps none, and enough meters recorded one
 * that began within the window, it is an outage that nobody had seen. Null when it makes nothing known.
 */
export function recordedOutage(view: AreaView, cause: Cause & { readonly fact: 'power_down' }): Outage | null {
  const { meter, at: start, end } = cause;
  if (end === null) return null;
  const down = { start, end };
  const known = view.incidents.find((incident) => incident.kind === 'outage' && overlaps(incident, down));
  const cluster = clusterOf(view, start, known);
  const enough = cluster.length >= metersNeeded(view.topology.customers.length, view.settings);
  if (known) {
    const wider = withMeters(known, [meter], [{ fact: 'power_down', meter, at: start, detail: '' }]);
    const startedAt = enough ? Math.min(wider.startedAt, ...cluster.map(({ at }) => at)) : wider.startedAt;
    return completed(view, startedAt === wider.startedAt ? wider : { ...wider, startedAt });
  }
  return enough ? unseen(view, cause, cluster) : null;
}

/** Recorded interruptions that began with this one: of the known outage, or of none. */
function clusterOf(view: AreaView, start: number, known: Outage | undefined): (Moment & Down)[] {
  const outages = known ? [known] : view.incidents.filter(({ kind }) => kind === 'outage');
  const moments: (Moment & Down)[] = [];
  for (const meter of allMeters(view.topology)) {
    for (const down of view.facts(meter).downs) {
      const explained = outages.some((outage) => overlaps(outage, down));
      if (explained === (known !== undefined)) moments.push({ meter, at: down.start, ...down });
    }
  }
  return clusterAround(moments, start, view.settings.windowMs);
}

/**
 * A restored outage with the end that its meters tell, once enough of them do; sure when the supply meter or half of
 * the customers do.
 */
function completed(view: AreaView, outage: Outage): Outage {
  if (outage.restoredAt === null) return outage;
  const { supply, customers } = view.topology;
  const ends = outage.meters.map((meter) => returnOf(view, outage, meter)).filter((at) => at !== null);
  if (ends.length < metersNeeded(customers.length, view.settings)) return outage;
  const bySupply = supply !== null && outage.meters.includes(supply) && returnOf(view, outage, supply) !== null;
  const sure = bySupply || ends.length * 2 >= customers.length;
  return {
    ...outage,
    restoredAt: quantileOf(ends, RESTORED_SHARE),
    confidence: sure ? 'high' : outage.confidence,
  };
}

function unseen(view: AreaView, cause: Cause, cluster: readonly (Moment & Down)[]): Outage {
  const facts: OutageFact[] = cluster.map(({ meter, at }) => ({ fact: 'power_down', meter, at, detail: '' }));
  const startedAt = Math.min(...cluster.map(({ start }) => start));
  const restoredAt = Math.max(...cluster.map(({ end }) => end));
  const outage = { ...newIncident(view, cause, 'area', view.topology.area, startedAt), restoredAt };
  const meters = cluster.map(({ meter }) => meter);
  return completed(view, withMeters(outage, meters, facts));
}
