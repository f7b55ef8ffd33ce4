import type { Outage, PlannedOutage } from '#contract/outage.ts';
import type { OutageSettings } from './settings.ts';

type Place = Pick<Outage, 'node' | 'nodeId' | 'feeder' | 'area' | 'areas' | 'startedAt' | 'restoredAt'> & {
  readonly meters: readonly string[];
};

export interface PlanMatch {
  readonly externalId: string;
  /** It lasts, or lasted, well beyond the announced end. */
  readonly overrun: boolean;
}

/**
 * The announced work that explains an outage: it begins inside the window, or up to `plannedSlackMs` before it, and lies
 * within what was announced. Null when there is none; of several, the one with the smallest id.
 */
export function planOf(
  place: Place,
  plans: readonly PlannedOutage[],
  settings: Pick<OutageSettings, 'plannedSlackMs'>,
  now: number,
): PlanMatch | null {
  const slack = settings.plannedSlackMs;
  const plan = plans
    .filter((each) => each.state === 'announced' && covers(each, place))
    .filter(({ from, to }) => place.startedAt >= from - slack && place.startedAt < to)
    .sort((a, b) => (a.externalId < b.externalId ? -1 : 1))[0];
  if (!plan) return null;
  return { externalId: plan.externalId, overrun: (place.restoredAt ?? now) > plan.to + slack };
}

function covers(plan: PlannedOutage, { node, nodeId, feeder, area, areas, meters }: Place): boolean {
  if (feeder !== null && plan.feeders.includes(feeder)) return true;
  if (area !== null ? plan.areas.includes(area) : areas.every((each) => plan.areas.includes(each))) return true;
  if (node === 'meter') return plan.meters.includes(nodeId);
  return meters.length > 0 && plan.meters.length > 0 && meters.every((meter) => plan.meters.includes(meter));
}
