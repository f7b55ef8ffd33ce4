import { at } from '../hold.ts';
import { registerStepWh } from '../register-step.ts';
import type { DayRule } from './day-rule.ts';
import type { DayView } from './day-view.ts';
import { DAY_BOUNDS } from './limits.ts';
import { DAY_HEAD } from './state.ts';

const DAY_MS = 86_400_000;
const RATES = 4;

function ratesWh({ days, place }: DayView): number {
  if (days.rates?.length !== RATES) return Number.NaN;
  return days.rates.reduce((sum, rate) => sum + (rate[place] ?? Number.NaN), 0);
}

/**
 * |total − Σ rates| in shares of what is allowed; whole rounds of the register are no difference. Each register hides
 * up to one step of what was counted.
 */
function unequal(view: DayView): number {
  const total = view.days.importWh[view.place] ?? Number.NaN;
  const { rolloverWh } = view.meter.model;
  const apart = Math.abs(total - ratesWh(view)) % rolloverWh;
  const difference = Math.min(apart, rolloverWh - apart);
  const hiddenWh = (RATES + 1) * stepWh(view);
  return difference / (DAY_BOUNDS.ratesSlackWh + hiddenWh + total * DAY_BOUNDS.ratesSlackShare);
}

function stepWh({ days, place }: DayView): number {
  const steps = days.rates?.map((rate) => registerStepWh(rate[place] ?? Number.NaN)) ?? [];
  return Math.min(registerStepWh(days.importWh[place] ?? Number.NaN), ...steps);
}

export const REGISTERS_UNEQUAL: DayRule = {
  appliesTo: () => true,
  measure: unequal,
  wording: { worst: 'timesAllowed', limit: 'limitTimes', decimals: 2 },
  scale: () => 1,
  facts: (view) => ({ registerWh: at(view.days.importWh, view.place), ratesWh: ratesWh(view) }),
};

export const DAY_REGISTER_FLYING: DayRule = {
  appliesTo: () => true,
  measure: ({ flown }) => flown,
  wording: { worst: 'timesCapacity', limit: 'limitTimes', decimals: 2 },
  scale: () => 1,
  facts: ({ state }) => ({ registerWh: at(state, DAY_HEAD.wh) }),
};

export const REGISTER_REVERSED: DayRule = {
  appliesTo: () => true,
  measure: ({ reversedWh }) => reversedWh,
  wording: { worst: 'reversedWh', limit: 'limitWh', decimals: 0 },
  scale: () => 1,
  facts: ({ state }) => ({ registerWh: at(state, DAY_HEAD.wh) }),
};

export const REVERSE_ENERGY: DayRule = {
  appliesTo: ({ role, category }) => role === 'customer' && category !== 'generator',
  measure: ({ exportedWh, meter }) => exportedWh * meter.ratio,
  wording: { worst: 'mostExportedWh', limit: 'limitWh', decimals: 0 },
  scale: () => 1,
};

/** Days for which the register has stood still, once it has been seen to move. */
export const USAGE_ZERO: DayRule = {
  appliesTo: ({ role, status }) => role === 'customer' && status === 'active',
  measure: ({ days, place, slot, stoodSince, reversedWh }) =>
    stoodSince === 0 || Number.isNaN(days.importWh[place] ?? Number.NaN) || Number.isNaN(reversedWh)
      ? Number.NaN
      : Math.round((slot - stoodSince) / DAY_MS),
  wording: { worst: 'zeroDays', limit: 'limitDays', decimals: 1 },
  scale: () => 1,
  facts: ({ state }) => ({ registerWh: at(state, DAY_HEAD.wh) }),
  begins: ({ stoodSince }) => stoodSince,
};
