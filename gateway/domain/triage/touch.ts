import type { PlannedOutage } from '#contract/outage.ts';
import type { Incident, TriageInput } from './triage-types.ts';

type Where = Pick<TriageInput, 'meter' | 'place' | 'model'>;

/**
 * How an incident touches the meter: `surely` when the meter told so itself, or cannot escape it; `likely` when it hangs
 * below and nothing contradicts it; `perhaps` when it hangs below and yet is none of those that are counted in it; null
 * when it does not.
 */
export function touch(where: Where, incident: Incident): 'surely' | 'likely' | 'perhaps' | null {
  if (!contains(where, incident)) return null;
  if (incident.node === 'meter' || incident.member?.told === 'itself') return 'surely';
  if (incident.kind === 'phase-lost') return touchOfPhase(where, incident);
  return incident.member === null ? 'perhaps' : 'likely';
}

function touchOfPhase({ meter, model }: Where, { phase }: Incident): 'surely' | 'likely' | null {
  if (model.phases === 3) return 'surely';
  if (meter.phase === null) return 'likely';
  return meter.phase === phase ? 'surely' : null;
}

/** Whether the meter hangs below the node of an incident. */
export function contains(
  { meter, place }: Omit<Where, 'model'>,
  incident: Pick<Incident, 'node' | 'nodeId' | 'areas'>,
): boolean {
  const { node, nodeId, areas } = incident;
  switch (node) {
    case 'meter':
      return nodeId === meter.id;
    case 'box':
      return meter.box !== undefined && nodeId === `${meter.area}/${meter.box}`;
    case 'branch':
      return meter.branch !== undefined && nodeId === `${meter.area}/${meter.branch}`;
    case 'area':
      return nodeId === meter.area;
    case 'feeder':
      // It takes the areas that it names; one that names none takes all.
      return nodeId === place.feeder && (areas.length === 0 || areas.includes(meter.area));
    default:
      return nodeId === place[node];
  }
}

/** Whether announced work names the place of the meter. */
export function names({ meter, place }: Omit<Where, 'model'>, plan: PlannedOutage): boolean {
  if (plan.meters.includes(meter.id) || plan.areas.includes(meter.area)) return true;
  return place.feeder !== null && plan.feeders.includes(place.feeder);
}
