import type { ModbusProfile } from './modbus-profile.ts';
import { HERTZ, KILO, NO_HISTORY, registersOf, VOLTS } from './modbus-rows.ts';

const AMPS = [0, 90] as const;
const PHASE_POWER = [-30_000, 30_000] as const;
const POWER = [-90_000, 90_000] as const;
const WH = [0, 999_999_999_999] as const;
/** 8000 0000 0000 0000 hex stands for no value. */
const NO_INT64 = [-(2 ** 63)];

/** Three phases, four wires, 63 A, direct. */
export const iem3155: ModbusProfile = {
  id: 'iem3155',
  phases: 3,
  functionCode: 3,
  wordOrder: 'high-first',
  registers: [
    ...registersOf('float32', [
      ['current_a_a', 0x0bb7, AMPS],
      ['current_b_a', 0x0bb9, AMPS],
      ['current_c_a', 0x0bbb, AMPS],
      ['voltage_a_v', 0x0bd3, VOLTS],
      ['voltage_b_v', 0x0bd5, VOLTS],
      ['voltage_c_v', 0x0bd7, VOLTS],
      ['power_active_a_w', 0x0bed, PHASE_POWER, KILO],
      ['power_active_b_w', 0x0bef, PHASE_POWER, KILO],
      ['power_active_c_w', 0x0bf1, PHASE_POWER, KILO],
      ['power_active_total_w', 0x0bf3, POWER, KILO],
      ['power_reactive_total_var', 0x0bfb, POWER, KILO],
      ['power_apparent_total_va', 0x0c03, POWER, KILO],
      ['frequency_hz', 0x0c25, HERTZ],
    ]),
    // Already in Wh and varh.
    ...registersOf(
      'int64',
      [
        ['energy_import_wh', 0x0c83, WH],
        ['energy_export_wh', 0x0c87, WH],
        ['energy_reactive_import_varh', 0x0c93, WH],
        ['energy_reactive_export_varh', 0x0c97, WH],
        ['energy_import_a_wh', 0x0dbd, WH],
        ['energy_import_b_wh', 0x0dc1, WH],
        ['energy_import_c_wh', 0x0dc5, WH],
      ],
      { absent: NO_INT64 },
    ),
  ],
  probe: { address: 0x0bd3, quantities: [2, 4, 6] },
  quirks: {},
  source:
    'Schneider Electric iEM3000 series user manual; addresses as in drivers that run on the meter. High confidence.',
  caveats: [
    'The numbers in the manual are one higher than the addresses here.',
    'The power factor at 0C0B hex is a code of four quadrants, not a number, and is not read.',
    'The register is taken to count to 999,999,999.999 kWh: more than such a meter counts in its life.',
    NO_HISTORY,
  ],
};
