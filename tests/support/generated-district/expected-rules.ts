import type { Defect, GeneratedPlan } from './plan.ts';

/** Rules of which one must speak about a defect, and all that may because of it. */
export const RULES_OF: Readonly<
  Partial<Record<Defect, { readonly one: readonly string[]; readonly also: readonly string[] }>>
> = {
  zero_register: { one: ['register_reversed'], also: [] },
  shifted_decimal: { one: ['register_jump', 'register_range'], also: [] },
  rates_apart: { one: ['rates_mismatch'], also: [] },
  rollover: { one: ['register_rollover'], also: [] },
  exchange_without_start: { one: ['exchange_register_missing'], also: [] },
  no_use: { one: ['usage_zero'], also: ['freeze_repeated', 'usage_low'] },
  high_use: { one: ['usage_high', 'usage_spike'], also: [] },
  use_without_contract: { one: ['usage_inactive'], also: [] },
  reverse_energy: { one: ['reverse_energy'], also: [] },
  time_stamp: { one: ['freeze_time'], also: [] },
  repeated_freeze: { one: ['freeze_repeated'], also: ['usage_low', 'usage_high', 'usage_spike'] },
  ratio_change: { one: ['ratio_changed'], also: ['usage_high', 'usage_spike'] },
};

const was = (plan: GeneratedPlan, area: number, nth: number, day: number): boolean =>
  day >= 0 && day < plan.size.days && 'minutes' in plan.endingOf(area, nth, day);

/** True when the freezes that show the defect were read, so that nothing but the rule can miss it. */
export function isVisible(plan: GeneratedPlan, area: number, nth: number): boolean {
  const { defect, day } = plan.defectOf(area, nth);
  const read = (from: number, to: number): boolean => {
    for (let d = from; d <= to; d++) if (!was(plan, area, nth, d)) return false;
    return true;
  };
  switch (defect) {
    case 'zero_register':
    case 'shifted_decimal':
    case 'rates_apart':
    case 'time_stamp':
      return read(day, day);
    case 'no_use':
      return read(day - 13, day - 2);
    case 'high_use':
    case 'repeated_freeze':
      return read(day - 1, day);
    case 'rollover':
    case 'reverse_energy':
      return read(day - 1, day + 2);
    case 'use_without_contract':
      return read(1, 2);
    case 'exchange_without_start':
    case 'ratio_change':
      return read(day, day) && day + 1 < plan.size.days;
    default:
      return false;
  }
}
