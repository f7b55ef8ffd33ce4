import { rounded } from '../hold.ts';
import type { Facts } from '../transition.ts';
import type { DayRule } from './day-rule.ts';
import type { DayView } from './day-view.ts';
import { likeDays } from './like-days.ts';
import { DAY_BOUNDS } from './limits.ts';

/** State and facts hold finite numbers: like days may all have been zero. */
const MOST_DEVIATIONS = 1000;

/** A demand of more than twice what the meter is made for is a wrong value. */
const DEMAND_LIMIT = 2;

/** How far the day lies above its like days, in deviations of theirs; 0 for a difference that is not worth a look. */
function jump(view: DayView): number {
  const like = Number.isNaN(view.usedWh) ? null : likeDays(view);
  if (!like) return Number.NaN;
  const aboveWh = view.usedWh - like.meanWh;
  if (aboveWh * view.meter.ratio < DAY_BOUNDS.usageFloorWh) return 0;
  return Math.min(MOST_DEVIATIONS, aboveWh / like.scaleWh);
}

/** How far the day lies below its like days; a meter that never uses much says nothing. */
function drop(view: DayView): number {
  const like = Number.isNaN(view.usedWh) ? null : likeDays(view);
  if (!like || like.meanWh * view.meter.ratio < DAY_BOUNDS.usageFloorWh) return Number.NaN;
  return (like.meanWh - view.usedWh) / like.scaleWh;
}

function usageFacts(view: DayView): Facts {
  const like = likeDays(view);
  const { ratio } = view.meter;
  const facts: Record<string, number> = {};
  if (!Number.isNaN(view.usedWh)) facts['dayWh'] = Math.round(view.usedWh * ratio);
  if (!like) return facts;
  facts['likeDayWh'] = Math.round(like.meanWh * ratio);
  if (like.meanWh > 0 && !Number.isNaN(view.usedWh)) {
    facts['changePercent'] = rounded((view.usedWh / like.meanWh - 1) * 100, 1);
  }
  return facts;
}

const DEVIATIONS = { worst: 'deviations', limit: 'limitDeviations', decimals: 1 };

function isActiveCustomer({ role, status }: DayView['meter']): boolean {
  return role === 'customer' && status === 'active';
}

export const USAGE_JUMP: DayRule = {
  appliesTo: isActiveCustomer,
  measure: jump,
  wording: DEVIATIONS,
  scale: () => 1,
  facts: usageFacts,
};

export const USAGE_DROP: DayRule = {
  appliesTo: isActiveCustomer,
  measure: drop,
  wording: DEVIATIONS,
  scale: () => 1,
  facts: usageFacts,
};

/** Energy of a day at an account that is closed or disconnected, or after the last account. */
export const USAGE_CLOSED_ACCOUNT: DayRule = {
  appliesTo: ({ role, status }) => role === 'customer' && status !== null && status !== 'active',
  measure: ({ usedWh, meter }) => usedWh * meter.ratio,
  wording: { worst: 'mostOfDayWh', limit: 'limitWh', decimals: 0 },
  scale: () => 1,
  facts: ({ meter }) => ({ account: meter.status ?? 'none' }),
};

/** Maximum demand in shares of the contract capacity. */
export const DEMAND_OVER_CONTRACT: DayRule = {
  appliesTo: ({ role, contractKw }) => role === 'customer' && contractKw !== null && contractKw > 0,
  measure: ({ days, place, meter }) => {
    const demandKw = ((days.demandW?.[place] ?? Number.NaN) * meter.ratio) / 1000;
    const { phases, ratedVoltageV, maxCurrentA } = meter.model;
    const mostKw = (phases * ratedVoltageV * maxCurrentA * DEMAND_LIMIT * meter.ratio) / 1000;
    return demandKw <= mostKw ? demandKw / (meter.contractKw ?? Number.NaN) : Number.NaN;
  },
  wording: { worst: 'largestDemandKw', limit: 'limitKw', decimals: 1 },
  scale: ({ contractKw }) => contractKw ?? Number.NaN,
};
