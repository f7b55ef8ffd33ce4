import type { ModbusProfile } from './modbus-profile.ts';
import { FACTOR, HERTZ, NO_HISTORY, registersOf, VOLTS } from './modbus-rows.ts';

const AMPS = [0, 110] as const;
const PHASE_POWER = [-40_000, 40_000] as const;
const POWER = [-120_000, 120_000] as const;
/** 999999.99 kWh, then from 0 again. */
const WH = [0, 999_999_999] as const;
/** Energies count in 0.01 kWh. */
const HUNDREDTHS = 10;
const ROLLOVER = 'The end of the register at 999,999.99 kWh is taken from the six digits of the display.';

/** ADL400, DTSD1352 and DTSD1353 have one map. */
const THREE_PHASE: Omit<ModbusProfile, 'id'> = {
  phases: 3,
  functionCode: 3,
  wordOrder: 'high-first',
  registers: [
    ...registersOf('u32', [
      ['energy_combined_wh', 0x0000, WH, HUNDREDTHS],
      ['energy_import_wh', 0x000a, WH, HUNDREDTHS],
      ['energy_export_wh', 0x0014, WH, HUNDREDTHS],
      ['energy_reactive_import_varh', 0x0028, WH, HUNDREDTHS],
      ['energy_reactive_export_varh', 0x0032, WH, HUNDREDTHS],
    ]),
    ...registersOf('u16', [
      ['voltage_a_v', 0x0061, VOLTS, 0.1],
      ['voltage_b_v', 0x0062, VOLTS, 0.1],
      ['voltage_c_v', 0x0063, VOLTS, 0.1],
      ['current_a_a', 0x0064, AMPS, 0.01],
      ['current_b_a', 0x0065, AMPS, 0.01],
      ['current_c_a', 0x0066, AMPS, 0.01],
      ['frequency_hz', 0x0077, HERTZ, 0.01],
    ]),
    // 0.001 kW is 1 W.
    ...registersOf('i32', [
      ['power_active_a_w', 0x0164, PHASE_POWER],
      ['power_active_b_w', 0x0166, PHASE_POWER],
      ['power_active_c_w', 0x0168, PHASE_POWER],
      ['power_active_total_w', 0x016a, POWER],
      ['power_reactive_a_var', 0x016c, PHASE_POWER],
      ['power_reactive_b_var', 0x016e, PHASE_POWER],
      ['power_reactive_c_var', 0x0170, PHASE_POWER],
      ['power_reactive_total_var', 0x0172, POWER],
      ['power_apparent_a_va', 0x0174, PHASE_POWER],
      ['power_apparent_b_va', 0x0176, PHASE_POWER],
      ['power_apparent_c_va', 0x0178, PHASE_POWER],
      ['power_apparent_total_va', 0x017a, POWER],
    ]),
    ...registersOf('i16', [
      ['power_factor_a', 0x017c, FACTOR, 0.001],
      ['power_factor_b', 0x017d, FACTOR, 0.001],
      ['power_factor_c', 0x017e, FACTOR, 0.001],
      ['power_factor_total', 0x017f, FACTOR, 0.001],
    ]),
  ],
  probe: { address: 0x0061, quantities: [3, 5, 6, 2] },
  quirks: {},
  source: 'Acrel ADL400 and DTSD1352 manuals, as read by drivers that run on the meters. Medium confidence.',
  caveats: [
    'Behind transformers energies and powers are those of the secondary side. The meter keeps its ratios PT at 008D ' +
      'and CT at 008E hex; they are not multiplied here. Record them as ct and pt of the meter.',
    'One driver takes other scales for the same addresses: compare with the display when the meter is put into service.',
    'The rates at 0002 … 0008 hex belong to the combined register and are not read as rates of the import.',
    ROLLOVER,
    NO_HISTORY,
  ],
};

export const adl400: ModbusProfile = { ...THREE_PHASE, id: 'adl400' };
export const dtsd1352: ModbusProfile = { ...THREE_PHASE, id: 'dtsd1352' };

/** Single phase with prepayment, 10(60) A. The one phase is reported as phase A and as total. */
export const ddsy1352: ModbusProfile = {
  id: 'ddsy1352',
  phases: 1,
  functionCode: 3,
  wordOrder: 'high-first',
  registers: [
    ...registersOf('u32', [['energy_import_wh', 0x0000, WH, HUNDREDTHS]]),
    ...registersOf('u16', [
      ['voltage_a_v', 0x000b, VOLTS, 0.1],
      ['current_a_a', 0x000c, AMPS, 0.01],
    ]),
    // 0.001 kW is 1 W.
    ...registersOf('i16', [['power_active_total_w', 0x000d, PHASE_POWER]]),
  ],
  probe: { address: 0x000b, quantities: [1, 2, 3] },
  quirks: {},
  source: 'Acrel DDSY1352 manual, as read by one driver. Medium confidence: one source.',
  caveats: [
    'The total register is taken for the import; the meter is not known to have one for export.',
    'Whether power below 0 is shown as such is not known; the register is read with its sign.',
    ROLLOVER,
    NO_HISTORY,
  ],
};
