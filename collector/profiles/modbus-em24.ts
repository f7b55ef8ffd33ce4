import type { ModbusProfile } from './modbus-profile.ts';
import { FACTOR, HERTZ, NO_HISTORY, type Row, registersOf, VOLTS } from './modbus-rows.ts';

const AMPS = [-90, 90] as const;
const PHASE_POWER = [-30_000, 30_000] as const;
const POWER = [-90_000, 90_000] as const;
/** 99999999.9 kWh, then from 0 again. */
const WH = [0, 99_999_999_999] as const;
/** Energies count in 0.1 kWh. */
const TENTHS = 100;
/** The display then shows EEE. */
const NO_INT32 = [0x7fff_ffff];
const NO_INT16 = [0x7fff];

const LONGS: readonly Row[] = [
  ['voltage_a_v', 0x00, VOLTS, 0.1],
  ['voltage_b_v', 0x02, VOLTS, 0.1],
  ['voltage_c_v', 0x04, VOLTS, 0.1],
  ['current_a_a', 0x0c, AMPS, 0.001],
  ['current_b_a', 0x0e, AMPS, 0.001],
  ['current_c_a', 0x10, AMPS, 0.001],
  ['power_active_a_w', 0x12, PHASE_POWER, 0.1],
  ['power_active_b_w', 0x14, PHASE_POWER, 0.1],
  ['power_active_c_w', 0x16, PHASE_POWER, 0.1],
  ['power_active_total_w', 0x28, POWER, 0.1],
];

/** Where the two variants differ: three phases and the total, then frequency, import, import of the phases, export. */
type Places = readonly [factors: number, hertz: number, total: number, phases: number, exported: number];

function registers([factors, hertz, total, phases, exported]: Places): ModbusProfile['registers'] {
  const longs: readonly Row[] = [
    ...LONGS,
    ['energy_import_wh', total, WH, TENTHS],
    ['energy_import_a_wh', phases, WH, TENTHS],
    ['energy_import_b_wh', phases + 2, WH, TENTHS],
    ['energy_import_c_wh', phases + 4, WH, TENTHS],
    ['energy_export_wh', exported, WH, TENTHS],
  ];
  const words: readonly Row[] = [
    ['power_factor_a', factors, FACTOR, 0.001],
    ['power_factor_b', factors + 1, FACTOR, 0.001],
    ['power_factor_c', factors + 2, FACTOR, 0.001],
    ['power_factor_total', factors + 3, FACTOR, 0.001],
    ['frequency_hz', hertz, HERTZ, 0.1],
  ];
  return [...registersOf('i32', longs, { absent: NO_INT32 }), ...registersOf('i16', words, { absent: NO_INT16 })];
}

/** Three phases, 10(65) A direct or 1(6) A behind transformers. The low word of a number comes first. */
const BOTH = {
  phases: 3,
  functionCode: 4,
  wordOrder: 'low-first',
  probe: { address: 0x00, quantities: [2, 4, 6] },
  // Drivers that run on the meter read value by value; how long a block may be is not known for every firmware.
  quirks: { maxRegisters: 11 },
} as const satisfies Partial<ModbusProfile>;

const CAVEATS = [
  'Behind transformers what the registers hold depends on the ratio that is set in the meter; nothing is multiplied ' +
    'here. Compare with the display, and record ct and pt so that face value times ratio is right.',
  'The end of the register at 99,999,999.9 kWh is taken from the digits of the display.',
  'Phase import registers run only in some applications of the meter (settings A … H).',
  NO_HISTORY,
] as const;

export const em24: ModbusProfile = {
  ...BOTH,
  id: 'em24',
  registers: registers([0x32, 0x37, 0x42, 0x46, 0x5c]),
  source:
    'Carlo Gavazzi EM24 serial communication protocol, as read by volkszaehler/mbmd on the meter. High confidence.',
  caveats: CAVEATS,
};

export const em24e1: ModbusProfile = {
  ...BOTH,
  id: 'em24-e1',
  registers: registers([0x2e, 0x33, 0x34, 0x40, 0x4e]),
  source:
    'Carlo Gavazzi EM24 Ethernet communication protocol, as read by volkszaehler/mbmd on the meter. High confidence.',
  caveats: [
    'Only the Ethernet variant: power factors, frequency and energies lie elsewhere than on RS-485.',
    ...CAVEATS,
  ],
};
