import type { ModbusRegister, RegisterType } from '#contract/profile.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { ModbusProfile } from './modbus-profile.ts';
import { FACTOR, HERTZ, NO_HISTORY, VOLTS } from './modbus-rows.ts';

/** What a SunSpec value may be; the device does not say what it is made for. */
const AMPS = [-6000, 6000] as const;
const POWER = [-5_000_000, 5_000_000] as const;
/** acc32: 32 bits of Wh. */
const WH = [0, 4_294_967_295] as const;

const NO_INT16 = [-0x8000];
/** acc32: 0 is "not accumulated"; some devices say all ones. */
const NO_ACC32 = [0, 0xffff_ffff];

/** Quantity, offset in models 201 … 204, offset of its scale factor, offset in models 211 … 214, limits. */
type Point = readonly [QuantityName, number, number, number, readonly [number, number]];

const AVERAGES: readonly Point[] = [
  ['current_a_a', 2, 6, 2, AMPS],
  ['voltage_a_v', 7, 15, 10, VOLTS],
];
const TOTALS: readonly Point[] = [
  ['frequency_hz', 16, 17, 26, HERTZ],
  ['power_active_total_w', 18, 22, 28, POWER],
  ['power_apparent_total_va', 23, 27, 36, POWER],
  ['power_reactive_total_var', 28, 32, 44, POWER],
  ['power_factor_total', 33, 37, 52, FACTOR],
];
const PHASE_A: readonly Point[] = [
  ['current_a_a', 3, 6, 4, AMPS],
  ['voltage_a_v', 8, 15, 12, VOLTS],
];
const PHASE_B: readonly Point[] = [
  ['current_b_a', 4, 6, 6, AMPS],
  ['voltage_b_v', 9, 15, 14, VOLTS],
];
const PHASE_C: readonly Point[] = [
  ['current_c_a', 5, 6, 8, AMPS],
  ['voltage_c_v', 10, 15, 16, VOLTS],
];
/** Single values of the phases; a single-phase meter has them as totals. */
const OF_PHASES: readonly Point[] = [
  ['power_active_a_w', 19, 22, 30, POWER],
  ['power_active_b_w', 20, 22, 32, POWER],
  ['power_active_c_w', 21, 22, 34, POWER],
  ['power_apparent_a_va', 24, 27, 38, POWER],
  ['power_apparent_b_va', 25, 27, 40, POWER],
  ['power_apparent_c_va', 26, 27, 42, POWER],
  ['power_reactive_a_var', 29, 32, 46, POWER],
  ['power_reactive_b_var', 30, 32, 48, POWER],
  ['power_reactive_c_var', 31, 32, 50, POWER],
  ['power_factor_a', 34, 37, 54, FACTOR],
  ['power_factor_b', 35, 37, 56, FACTOR],
  ['power_factor_c', 36, 37, 58, FACTOR],
];
const ENERGIES: readonly Point[] = [
  ['energy_export_wh', 38, 54, 60, WH],
  ['energy_import_wh', 46, 54, 68, WH],
  ['energy_reactive_q1_varh', 72, 104, 92, WH],
  ['energy_reactive_q2_varh', 80, 104, 100, WH],
  ['energy_reactive_q3_varh', 88, 104, 108, WH],
  ['energy_reactive_q4_varh', 96, 104, 116, WH],
];
const ENERGIES_OF_PHASES: readonly Point[] = [
  ['energy_import_a_wh', 48, 54, 70, WH],
  ['energy_import_b_wh', 50, 54, 72, WH],
  ['energy_import_c_wh', 52, 54, 74, WH],
];

const ONE: readonly Point[] = [...TOTALS, ...PHASE_A, ...AVERAGES, ...ENERGIES];
const SPLIT: readonly Point[] = [...TOTALS, ...PHASE_A, ...PHASE_B, ...ENERGIES];
const THREE: readonly Point[] = [
  ...TOTALS,
  ...PHASE_A,
  ...PHASE_B,
  ...PHASE_C,
  ...OF_PHASES,
  ...ENERGIES,
  ...ENERGIES_OF_PHASES,
];

function inIntegers([quantity, address, exponentAt, , limits]: Point): ModbusRegister {
  const isEnergy = quantity.startsWith('energy_');
  const type: RegisterType = isEnergy ? 'u32' : 'i16';
  const absent = isEnergy ? NO_ACC32 : NO_INT16;
  return withPercent({ quantity, address, type, scale: 1, exponentAt, limits, absent });
}

function inFloats([quantity, , , address, limits]: Point): ModbusRegister {
  return withPercent({ quantity, address, type: 'float32', scale: 1, limits });
}

function withPercent(register: ModbusRegister): ModbusRegister {
  return register.quantity.startsWith('power_factor_') ? { ...register, orPercent: true } : register;
}

/** Offsets from the model's first register, which holds its number. A quantity may stand twice, see the reader. */
const TABLES: ReadonlyMap<number, readonly ModbusRegister[]> = new Map([
  [201, ONE.map(inIntegers)],
  [202, SPLIT.map(inIntegers)],
  [203, THREE.map(inIntegers)],
  [204, THREE.map(inIntegers)],
  [211, ONE.map(inFloats)],
  [212, SPLIT.map(inFloats)],
  [213, THREE.map(inFloats)],
  [214, THREE.map(inFloats)],
]);

/** True for the number of a meter model. */
export function isSunSpecMeter(model: number): boolean {
  return TABLES.has(model);
}

/** What a meter model of so many registers keeps, with addresses counted from the model's first register. */
export function sunSpecTable(model: number, registers: number): readonly ModbusRegister[] {
  const fits = ({ address, exponentAt = 0, type }: ModbusRegister): boolean =>
    Math.max(address + (type === 'i16' ? 1 : 2), exponentAt + 1) <= registers;
  return (TABLES.get(model) ?? []).filter(fits);
}

/** The registers of a table that begins at an address. */
export function placedAt(at: number, table: readonly ModbusRegister[]): ModbusRegister[] {
  return table.map((register) => ({
    ...register,
    address: at + register.address,
    ...(register.exponentAt === undefined ? {} : { exponentAt: at + register.exponentAt }),
  }));
}

/** Model 1 (66 registers) comes first behind the header. */
const USUAL_PLACE = 40_070;
const WHOLE = 126;

const SOURCE =
  'SunSpec Information Model Reference, models 201 … 204 and 211 … 214 (github.com/sunspec/models). High confidence ' +
  'for the places of the values.';
const CAVEATS = [
  'The first meter model of the device is read, and no other.',
  'Import counts as positive, as the names of the registers have it. Devices differ in the sign of power and current: ' +
    'SolarEdge gives export as positive. Compare sign and energies when the meter is put into service.',
  'Power factors are named percent in the model; values beyond ±1.01 are divided by 100. A power factor below 1.01 % ' +
    'would be mistaken.',
  'An energy of exactly 0 in models 201 … 204 means that the device does not count it: a new meter has no value until ' +
    'it has counted.',
  'Energies are believed up to 4,294,967,295 Wh, the end of a 32-bit register of Wh; float energies (211 … 214) lose ' +
    'single Wh from 16,777 kWh on.',
  'Values are those of the primary side where the device multiplies; record ct and pt as 1 then.',
  NO_HISTORY,
] as const;

function sunspec(id: string, phases: 1 | 3, models: readonly number[], caveats: readonly string[]): ModbusProfile {
  const registers = placedAt(USUAL_PLACE, sunSpecTable(models[0] ?? 0, WHOLE));
  return {
    id,
    phases,
    functionCode: 3,
    wordOrder: 'high-first',
    registers,
    probe: SUNSPEC_PROBE,
    quirks: SUNSPEC_QUIRKS,
    sunspec: models,
    source: SOURCE,
    caveats: [...caveats, ...CAVEATS],
  };
}

/** Header, then model 1 with its length and the maker's name. */
const SUNSPEC_PROBE = { address: 40_000, quantities: [2, 3, 4, 5, 6] } as const;
/** A model has no holes: all of it may be read along. */
const SUNSPEC_QUIRKS = { maxHole: 125 } as const;

export const sunspec1ph = sunspec('sunspec-1ph', 1, [201, 211], []);
export const sunspecSplit = sunspec(
  'sunspec-split',
  1,
  [202, 212],
  ['Both halves of the winding are read as phases A and B; outage rules look at A only.'],
);
export const sunspec3ph = sunspec(
  'sunspec-3ph',
  3,
  [203, 204, 213, 214],
  ['Without neutral (204, 214) the voltages of the phases may have no value; voltages between phases are not read.'],
);
