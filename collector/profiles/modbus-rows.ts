import type { ModbusRegister, RegisterType } from '#contract/profile.ts';
import type { QuantityName } from '#contract/quantities.ts';

/** One register of a table: the raw number times `scale` (1 unless named) is the value. */
export type Row = readonly [
  quantity: QuantityName,
  address: number,
  limits: readonly [min: number, max: number],
  scale?: number,
];

/** Registers of one type. */
export function registersOf(
  type: RegisterType,
  rows: readonly Row[],
  more: Pick<ModbusRegister, 'absent'> = {},
): readonly ModbusRegister[] {
  return rows.map(([quantity, address, limits, scale = 1]) => ({ quantity, address, type, scale, limits, ...more }));
}

/** kWh, kW, kvar to the units in which values travel. */
export const KILO = 1000;
/** A lost neutral puts up to √3 × the phase voltage on a phase. */
export const VOLTS = [0, 400] as const;
/** 0 while there is no voltage to count by. */
export const HERTZ = [0, 70] as const;
/** The meters round, so a little more than 1 is possible. */
export const FACTOR = [-1.01, 1.01] as const;
export const NO_HISTORY = 'Keeps no history: what was not read at its time cannot be fetched later.';
