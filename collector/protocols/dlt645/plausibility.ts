import type { MeterModel } from '#contract/models.ts';
import { isSignedCounter, type QuantityName, quantity } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';

/** How many times the meter's rating a value may reach. The sum of a frame misses 1 in 256 damages; this is the net. */
const SLACK = 3;
/** Grids run at 50 or 60 Hz; a meter on its battery says 0. */
const FREQUENCY_HZ = [45, 65] as const;

/**
 * The value, or ReadError `implausible` when a meter of the model cannot have measured it: voltage, current or power
 * above three times the rating, energy outside the register, power factor above 1, frequency of no grid.
 */
export function plausible(name: QuantityName, value: number, model: MeterModel): number | ReadError {
  const limits = limitsOf(name, model);
  if (limits === null || (value >= limits[0] && value <= limits[1])) return value;
  if (name === 'frequency_hz' && value === 0) return value;
  return new ReadError('implausible', `${name} ${value}`);
}

/** Least and most in the quantity's unit, or null where there is nothing to judge by. */
function limitsOf(name: QuantityName, model: MeterModel): readonly [number, number] | null {
  const { ratedVoltageV, maxCurrentA, phases, rolloverWh } = model;
  const { unit, kind } = quantity(name);
  if (kind === 'counter') return isSignedCounter(name) ? around(rolloverWh - 1) : [0, rolloverWh - 1];
  if (kind !== 'gauge') return null;
  if (unit === 'V') return [0, SLACK * ratedVoltageV];
  if (unit === 'A') return around(SLACK * maxCurrentA);
  if (unit === 'W' || unit === 'var' || unit === 'VA') return around(SLACK * phases * ratedVoltageV * maxCurrentA);
  if (unit === 'Hz') return FREQUENCY_HZ;
  return unit === '' ? around(1) : null;
}

function around(most: number): readonly [number, number] {
  return [-most, most];
}
