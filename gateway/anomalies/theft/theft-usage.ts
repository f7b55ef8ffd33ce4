import type { Meter } from '#contract/registry.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { plausibleWh } from '#domain/vee/history.ts';
import type { Registers } from '../../figures/vee-registers.ts';

/** Registers of the freezes at both ends of every day of a window: one more than there are days. */
export interface WindowRegisters {
  /** Business dates of the days, oldest first. */
  readonly dates: readonly string[];
  /** Of the freezes, from the one at the beginning of the first day. */
  readonly registers: readonly Registers[];
  readonly slots: readonly number[];
}

/** Slots of the freezes around the days, UTC ms. */
export function freezeSlots(zone: string, dates: readonly string[]): number[] {
  const last = dates.at(-1);
  return last === undefined ? [] : [...dates, addDays(last, 1)].map((date) => instantOf(zone, date));
}

/**
 * Energy of a meter on each day of the window with its ratio, Wh; NaN where a register is missing, went back or jumped
 * beyond what the meter can carry, and before it came to where it hangs now.
 */
export function dailyUsage(
  index: Pick<RegistryIndex, 'modelOf' | 'installationAt'>,
  meter: Meter,
  row: number,
  { dates, registers, slots }: WindowRegisters,
): Float64Array {
  const usage = new Float64Array(dates.length).fill(Number.NaN);
  const model = index.modelOf(meter);
  const installation = index.installationAt(meter.id, slots.at(-1) ?? 0);
  if (!model || !installation) return usage;
  const ratio = (installation.ct ?? meter.ct) * (installation.pt ?? meter.pt);
  for (let day = 0; day < dates.length; day++) {
    const [start, end] = [slots[day] ?? 0, slots[day + 1] ?? 0];
    if (start < installation.from) continue;
    const startWh = registers[day]?.at(row) ?? Number.NaN;
    const endWh = registers[day + 1]?.at(row) ?? Number.NaN;
    if (!Number.isNaN(startWh) && !Number.isNaN(endWh))
      usage[day] = plausibleWh(model, startWh, endWh, end - start) * ratio;
  }
  return usage;
}
