import type { ModbusProfile } from './modbus-profile.ts';
import { FACTOR, HERTZ, KILO, NO_HISTORY, registersOf, VOLTS } from './modbus-rows.ts';

const AMPS = [-110, 110] as const;
const PHASE_POWER = [-40_000, 40_000] as const;
const POWER = [-120_000, 120_000] as const;
/** 999999.99 kWh, then from 0 again. */
const WH = [0, 999_999_999] as const;
const ROLLOVER = 'The end of the register at 999,999.99 kWh is taken from the six digits of the display.';

/** Three phases, four wires, 5(80) A direct or 1.5(6) A behind transformers. */
export const dtsu666: ModbusProfile = {
  id: 'dtsu666',
  phases: 3,
  functionCode: 3,
  wordOrder: 'high-first',
  registers: registersOf('float32', [
    ['energy_import_wh', 0x101e, WH, KILO],
    ['energy_import_a_wh', 0x1020, WH, KILO],
    ['energy_import_b_wh', 0x1022, WH, KILO],
    ['energy_import_c_wh', 0x1024, WH, KILO],
    ['energy_export_wh', 0x1028, WH, KILO],
    ['voltage_a_v', 0x2006, VOLTS, 0.1],
    ['voltage_b_v', 0x2008, VOLTS, 0.1],
    ['voltage_c_v', 0x200a, VOLTS, 0.1],
    ['current_a_a', 0x200c, AMPS, 0.001],
    ['current_b_a', 0x200e, AMPS, 0.001],
    ['current_c_a', 0x2010, AMPS, 0.001],
    ['power_active_total_w', 0x2012, POWER, 0.1],
    ['power_active_a_w', 0x2014, PHASE_POWER, 0.1],
    ['power_active_b_w', 0x2016, PHASE_POWER, 0.1],
    ['power_active_c_w', 0x2018, PHASE_POWER, 0.1],
    ['power_reactive_total_var', 0x201a, POWER, 0.1],
    ['power_reactive_a_var', 0x201c, PHASE_POWER, 0.1],
    ['power_reactive_b_var', 0x201e, PHASE_POWER, 0.1],
    ['power_reactive_c_var', 0x2020, PHASE_POWER, 0.1],
    ['power_factor_total', 0x202a, FACTOR, 0.001],
    ['power_factor_a', 0x202c, FACTOR, 0.001],
    ['power_factor_b', 0x202e, FACTOR, 0.001],
    ['power_factor_c', 0x2030, FACTOR, 0.001],
    ['frequency_hz', 0x2044, HERTZ, 0.01],
  ]),
  probe: { address: 0x2006, quantities: [2, 4, 6, 8] },
  quirks: {},
  source:
    'Chint DTSU666 user manual, as read by volkszaehler/mbmd on the meter. High confidence, but for the energies of ' +
    'meters behind transformers.',
  caveats: [
    'Behind transformers the values are those of the secondary side: the ratio set in the meter (IrAt, UrAt) stands ' +
      'beside them and is not multiplied. Record it as ct and pt of the meter.',
    'Another driver (gerontec/dtsu666) reads the energies at 401E and 4028 hex and calls those the secondary ones. ' +
      'Compare with the display when the meter is put into service.',
    'The DTSU666-H for inverters has another map: it is not this model.',
    'Addresses before 2006 hex are voltages between phases and are not read.',
    ROLLOVER,
    NO_HISTORY,
  ],
};

/** Single phase, 5(80) A, direct. The one phase is reported as phase A and as total. */
export const ddsu666: ModbusProfile = {
  id: 'ddsu666',
  phases: 1,
  functionCode: 3,
  wordOrder: 'high-first',
  registers: registersOf('float32', [
    ['voltage_a_v', 0x2000, VOLTS],
    ['current_a_a', 0x2002, AMPS],
    ['power_active_total_w', 0x2004, PHASE_POWER, KILO],
    ['power_reactive_total_var', 0x2006, PHASE_POWER, KILO],
    ['power_factor_total', 0x200a, FACTOR],
    ['frequency_hz', 0x200e, HERTZ],
    ['energy_import_wh', 0x4000, WH, KILO],
    ['energy_export_wh', 0x400a, WH, KILO],
  ]),
  probe: { address: 0x2000, quantities: [2, 4, 6, 8] },
  quirks: {},
  source: 'Chint DDSU666 data sheet; other readers of the meter agree on the addresses. Medium to high confidence.',
  caveats: [
    'One driver reads integers at other addresses; that is another firmware or an error, and is not read here.',
    'The DDSU666-H for inverters has another map and unit 11 from the factory: it is not this model.',
    ROLLOVER,
    NO_HISTORY,
  ],
};
