import type { ModbusProfile } from './modbus-profile.ts';
import { FACTOR, HERTZ, KILO, NO_HISTORY, type Row, registersOf, VOLTS } from './modbus-rows.ts';

/** Every value of the family is a float32 in two input registers; energies are in kWh and kvarh. */
const floats = (rows: readonly Row[]) => registersOf('float32', rows);

/** The energy registers, defined one after another in both models, serve as probe. */
const PROBE = { address: 0x0048, quantities: [2, 4, 6, 8] } as const;
/** The manual allows 80 registers; meters were seen that refuse more than 50 with exception 2. */
const QUIRKS = { maxRegisters: 50 } as const;
const SOURCE =
  'Eastron SDM Modbus protocol documents; addresses as in drivers that run on the meter. ' +
  'Limit of 50 registers: as openWB reads the family.';
const CAVEATS = [
  'From the factory 2400 or 9600 Bd, 8N1, unit 1.',
  'A float32 has 24 significant bits: from 16,384 kWh on energies move in steps of 2 Wh, from 32,768 kWh on of 4 Wh.',
  NO_HISTORY,
] as const;

const SDM120_AMPS = [0, 60] as const;
const SDM120_POWER = [-20_000, 20_000] as const;
/** 999999.99 kWh, then from 0 again. */
const SDM120_WH = [0, 999_999_999] as const;

/** Single phase, 45 A, direct. The one phase is reported as phase A and as total. */
export const sdm120: ModbusProfile = {
  id: 'sdm120',
  phases: 1,
  functionCode: 4,
  wordOrder: 'high-first',
  registers: floats([
    ['voltage_a_v', 0x0000, VOLTS],
    ['current_a_a', 0x0006, SDM120_AMPS],
    ['power_active_total_w', 0x000c, SDM120_POWER],
    ['power_apparent_total_va', 0x0012, SDM120_POWER],
    ['power_reactive_total_var', 0x0018, SDM120_POWER],
    ['power_factor_total', 0x001e, FACTOR],
    ['frequency_hz', 0x0046, HERTZ],
    ['energy_import_wh', 0x0048, SDM120_WH, KILO],
    ['energy_export_wh', 0x004a, SDM120_WH, KILO],
    ['energy_reactive_import_varh', 0x004c, SDM120_WH, KILO],
    ['energy_reactive_export_varh', 0x004e, SDM120_WH, KILO],
  ]),
  probe: PROBE,
  quirks: QUIRKS,
  source: SOURCE,
  caveats: CAVEATS,
};

const SDM630_AMPS = [0, 130] as const;
const SDM630_PHASE = [-50_000, 50_000] as const;
const SDM630_POWER = [-150_000, 150_000] as const;
/** 9999999.9 kWh, then from 0 again. */
const SDM630_WH = [0, 9_999_999_999] as const;

/** Three phases, four wires, 100 A, direct. */
export const sdm630: ModbusProfile = {
  id: 'sdm630',
  phases: 3,
  functionCode: 4,
  wordOrder: 'high-first',
  registers: floats([
    ['voltage_a_v', 0x0000, VOLTS],
    ['voltage_b_v', 0x0002, VOLTS],
    ['voltage_c_v', 0x0004, VOLTS],
    ['current_a_a', 0x0006, SDM630_AMPS],
    ['current_b_a', 0x0008, SDM630_AMPS],
    ['current_c_a', 0x000a, SDM630_AMPS],
    ['power_active_a_w', 0x000c, SDM630_PHASE],
    ['power_active_b_w', 0x000e, SDM630_PHASE],
    ['power_active_c_w', 0x0010, SDM630_PHASE],
    ['power_apparent_a_va', 0x0012, SDM630_PHASE],
    ['power_apparent_b_va', 0x0014, SDM630_PHASE],
    ['power_apparent_c_va', 0x0016, SDM630_PHASE],
    ['power_reactive_a_var', 0x0018, SDM630_PHASE],
    ['power_reactive_b_var', 0x001a, SDM630_PHASE],
    ['power_reactive_c_var', 0x001c, SDM630_PHASE],
    ['power_factor_a', 0x001e, FACTOR],
    ['power_factor_b', 0x0020, FACTOR],
    ['power_factor_c', 0x0022, FACTOR],
    ['power_active_total_w', 0x0034, SDM630_POWER],
    ['power_apparent_total_va', 0x0038, SDM630_POWER],
    ['power_reactive_total_var', 0x003c, SDM630_POWER],
    ['power_factor_total', 0x003e, FACTOR],
    ['frequency_hz', 0x0046, HERTZ],
    ['energy_import_wh', 0x0048, SDM630_WH, KILO],
    ['energy_export_wh', 0x004a, SDM630_WH, KILO],
    ['energy_reactive_import_varh', 0x004c, SDM630_WH, KILO],
    ['energy_reactive_export_varh', 0x004e, SDM630_WH, KILO],
    ['energy_import_a_wh', 0x015a, SDM630_WH, KILO],
    ['energy_import_b_wh', 0x015c, SDM630_WH, KILO],
    ['energy_import_c_wh', 0x015e, SDM630_WH, KILO],
  ]),
  probe: PROBE,
  quirks: QUIRKS,
  source: SOURCE,
  caveats: CAVEATS,
};
