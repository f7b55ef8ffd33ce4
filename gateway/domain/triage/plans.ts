import type { PlannedOutage } from '#contract/outage.ts';
import { dateOf } from '#contract/zone.ts';
import { names } from './touch.ts';
import type { TriageInput } from './triage-types.ts';

/** Work that begins within this is told of. */
export const AHEAD_MS = 24 * 3_600_000;

/** The announced work at the place that lasts at an instant, or null. */
export function planNow(input: TriageInput): PlannedOutage | null {
  const { now } = input;
  return plansAt(input).find(({ from, to }) => from <= now && now < to) ?? null;
}

/** The announced work that lasts now, else the next one of 24 hours, else the last one that ended today; or null. */
export function planAround(input: TriageInput): PlannedOutage | null {
  const { now, zone } = input;
  const plans = plansAt(input);
  const ahead = plans.find(({ from }) => from > now && from <= now + AHEAD_MS);
  const over = plans.findLast(({ to }) => to <= now && dateOf(zone, to) === dateOf(zone, now));
  return planNow(input) ?? ahead ?? over ?? null;
}

/** By start. */
function plansAt(input: TriageInput): PlannedOutage[] {
  return input.planned
    .filter((plan) => plan.state === 'announced' && names(input, plan))
    .toSorted((a, b) => a.from - b.from || (a.externalId < b.externalId ? -1 : 1));
}
