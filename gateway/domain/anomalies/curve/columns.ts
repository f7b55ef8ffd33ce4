import type { QuantityName } from '#contract/quantities.ts';

/** Quantities of a load profile that curve rules look at; face values in the quantity's unit. */
export const CURVE_QUANTITIES = [
  'voltage_a_v',
  'voltage_b_v',
  'voltage_c_v',
  'current_a_a',
  'current_b_a',
  'current_c_a',
  'current_n_a',
  'power_active_total_w',
  'power_active_a_w',
  'power_active_b_w',
  'power_active_c_w',
  'power_reactive_total_var',
  'power_factor_total',
  'energy_import_wh',
] as const satisfies readonly QuantityName[];
export type CurveQuantity = (typeof CURVE_QUANTITIES)[number];

/**
 * Points of one meter's curve, on a grid of any step up to an hour, in any order. NaN = missing. A quantity that the
 * meter never gives is left out: a column that is there and empty means that nothing is known of it, so a phase that
 * does not exist would keep what was found from ever being over.
 */
export interface CurveColumns {
  readonly length: number;
  /** UTC ms. */
  readonly slots: Float64Array;
  readonly columns: Readonly<Partial<Record<CurveQuantity, Float64Array>>>;
}
