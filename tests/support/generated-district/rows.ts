import type { ReadingRow } from '#contract/envelope.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { GeneratedPlan } from './plan.ts';
import type { AreaRegisters } from './registers.ts';
import { meterId, replacementId } from './site.ts';

export const FREEZE_TASK = 'freeze-day';
export const QUANTITIES = [
  'energy_import_wh',
  'energy_import_t1_wh',
  'energy_import_t2_wh',
  'energy_import_t3_wh',
  'energy_import_t4_wh',
  'energy_export_wh',
] as const satisfies readonly QuantityName[];

const MINUTE_MS = 60_000;
/** How far the clock of a meter with a wrong time stamp is ahead, minutes. */
export const STAMP_AHEAD_MINUTES = 7;
const RATES_APART_WH = 200_000_000;

/** What a meter of the district answers when it is asked for the freeze of a day, and when. */
export function freezeRow(
  plan: GeneratedPlan,
  registers: AreaRegisters,
  { nth, day, minutes }: { readonly nth: number; readonly day: number; readonly minutes: number },
): ReadingRow {
  const { area } = registers;
  const slot = plan.slots[day] ?? 0;
  const { defect, day: from } = plan.defectOf(area, nth);
  const onTheDay = day === from;
  const isRepeat = defect === 'repeated_freeze' && onTheDay;
  const of = isRepeat ? day - 1 : day;
  const trueWh = registers.registerOf(nth, of);
  const exportWh = registers.exportOf(nth, of);
  const shown =
    defect === 'zero_register' && onTheDay ? 0 : defect === 'shifted_decimal' && onTheDay ? trueWh * 10 : trueWh;
  const values = withRates(shown, exportWh);
  if (defect === 'rates_apart' && onTheDay) values[2] = (values[2] ?? 0) + RATES_APART_WH;
  return {
    meter: meterId(area, nth),
    slot,
    meterTime: defect === 'time_stamp' && onTheDay ? slot + STAMP_AHEAD_MINUTES * MINUTE_MS : slot,
    readAt: slot + minutes * MINUTE_MS,
    values,
  };
}

/** Of the meter that replaced another. */
export function replacementRow(
  plan: GeneratedPlan,
  registers: AreaRegisters,
  { nth, day, minutes }: { readonly nth: number; readonly day: number; readonly minutes: number },
): ReadingRow {
  const slot = plan.slots[day] ?? 0;
  return {
    meter: replacementId(registers.area, nth),
    slot,
    meterTime: slot,
    readAt: slot + minutes * MINUTE_MS,
    values: withRates(registers.replacementOf(nth, day), 0),
  };
}

/** Total, its four rates, which sum to it, and export. */
function withRates(wh: number, exportWh: number): number[] {
  const t2 = Math.floor((wh * 0.3) / 10) * 10;
  const t3 = Math.floor((wh * 0.4) / 10) * 10;
  const t4 = Math.floor((wh * 0.25) / 10) * 10;
  return [wh, wh - t2 - t3 - t4, t2, t3, t4, exportWh];
}
