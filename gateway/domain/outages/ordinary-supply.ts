import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { isPlausibleVoltage } from '../validation/gauges.ts';
import type { OutageSettings } from './settings.ts';

const VOLTAGES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;

/** Where in the readings of a batch it stands whether a meter has supply; -1 = the batch does not have it. */
export interface SupplyPlaces {
  readonly voltages: readonly number[];
  readonly onBattery: number;
}

export function supplyPlaces(quantities: readonly QuantityName[]): SupplyPlaces {
  return {
    voltages: VOLTAGES.map((name) => quantities.indexOf(name)),
    onBattery: quantities.indexOf('on_battery'),
  };
}

/**
 * The two things that `evidenceOfReading` mostly says, without making anything: `on`, every phase of the model has
 * voltage; `answered`, the meter spoke but not of its supply. Null for all others.
 */
export function ordinarySupply(
  values: readonly (number | null)[],
  { voltages, onBattery }: SupplyPlaces,
  model: Pick<MeterModel, 'phases' | 'ratedVoltageV'>,
  settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
): 'on' | 'answered' | null {
  let on = 0;
  for (let phase = 0; phase < model.phases; phase++) {
    const voltageV = values[voltages[phase] ?? -1] ?? null;
    if (voltageV === null || !isPlausibleVoltage(model, voltageV)) continue;
    if (voltageV > model.ratedVoltageV * settings.onShare) on += 1;
    else if (voltageV < model.ratedVoltageV * settings.offShare) return null;
  }
  if (on > 0) return on === model.phases ? 'on' : null;
  return values[onBattery] === 1 ? null : 'answered';
}
