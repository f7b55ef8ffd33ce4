import type { QuantityName } from '#contract/quantities.ts';
import type { Dlt698Column, Dlt698Profile } from './dlt698-profile.ts';

const ACTIVE_ENERGY = [
  'energy_import_wh',
  'energy_import_t1_wh',
  'energy_import_t2_wh',
  'energy_import_t3_wh',
  'energy_import_t4_wh',
  'energy_export_wh',
  'energy_export_t1_wh',
  'energy_export_t2_wh',
  'energy_export_t3_wh',
  'energy_export_t4_wh',
] as const satisfies readonly QuantityName[];

/** What both models have besides energies and the phases. */
const COMMON = [
  'power_active_total_w',
  'power_active_a_w',
  'power_factor_total',
  'voltage_a_v',
  'current_a_a',
  'frequency_hz',
  'demand_import_max_w',
  'demand_import_max_at',
  'relay_open',
  'on_battery',
  'clock_offset_s',
] as const satisfies readonly QuantityName[];

/** Energies of four decimals are asked for only when the meter lacks those of two. */
const COMMON_PRESENT = [
  '00100200',
  '00100201',
  '00100400',
  '00100401',
  '00200200',
  '00200201',
  '00200400',
  '00200401',
  '10100200',
  '10100201',
  '20000201',
  '20010201',
  '20040201',
  '20040202',
  '200A0201',
  '200F0200',
  '20140203',
  '20140200',
  '40000200',
] as const;

function optional(...oads: readonly string[]): Dlt698Column[] {
  return oads.map((oad) => ({ oad, optional: true }));
}

/** Only import must be there; the rest depends on the columns that the meter is set to freeze. */
const ACTIVE_FREEZES: readonly Dlt698Column[] = [
  { oad: '00100200', optional: false },
  ...optional('00200200', '10100200'),
];

const REACTIVE_FREEZES = optional('00300200', '00400200', '00500200', '00600200', '00700200', '00800200');

const MINUTE_COLUMNS = optional('00100200', '00200200', '20000200', '20010200', '20040200', '20050200', '200A0200');

const SHARED = {
  protocol: 'dlt698',
  minuteFreeze: { oad: '50020200', columns: MINUTE_COLUMNS },
  powerDown: { oad: '30110200', records: 3 },
  limits: { listOads: 12, replyBytes: 200 },
} as const;

const FREEZES = {
  day: { oad: '50040200', keptDays: 62 },
  month: { oad: '50060200', keptDays: 365 },
} as const;

const SOURCES = [
  'DL/T 698.45 annex A (object lists: energy, demand, variables, events, freezes)',
  'recorded frames in tests/collector/protocols/dlt698/vectors/dlt698.json',
] as const;

const CAVEATS = [
  'not tried on a meter: built from the standard and recorded frames',
  'a meter that answers reads only with a MAC (SECURITY) falls silent or answers DAR 20',
  'rates 1 to 4 are taken as 尖 峰 平 谷; a province may number them otherwise',
  'a freeze brings only the columns that the meter is set to freeze; a column it does not know is left out',
  'a meter without power at midnight writes no freeze, or one stamped when power came back',
  'bits of status word 3 are those of DL/T 645-2007, bit 0 taken as the first of the bit-string; from 6 upward they are not used',
  'scalers of demand and apparent power are from one source',
] as const;

export const DLT698_PROFILES: readonly Dlt698Profile[] = [
  {
    ...SHARED,
    id: 'dlt698-1ph',
    phases: 1,
    quantities: [...ACTIVE_ENERGY, ...COMMON],
    present: COMMON_PRESENT,
    freezes: { ...FREEZES, columns: ACTIVE_FREEZES },
    caveats: [...CAVEATS, 'the neutral current is not read'],
    sources: SOURCES,
  },
  {
    ...SHARED,
    id: 'dlt698-3ph',
    phases: 3,
    quantities: [
      ...ACTIVE_ENERGY,
      'energy_reactive_import_varh',
      'energy_reactive_export_varh',
      'energy_reactive_q1_varh',
      'energy_reactive_q2_varh',
      'energy_reactive_q3_varh',
      'energy_reactive_q4_varh',
      ...COMMON,
      'voltage_b_v',
      'voltage_c_v',
      'current_b_a',
      'current_c_a',
      'power_active_b_w',
      'power_active_c_w',
      'power_reactive_total_var',
      'power_reactive_a_var',
      'power_reactive_b_var',
      'power_reactive_c_var',
      'power_apparent_total_va',
      'power_factor_a',
      'power_factor_b',
      'power_factor_c',
    ],
    present: [
      ...COMMON_PRESENT,
      ...['0030', '0040', '0050', '0060', '0070', '0080'].map((oi) => `${oi}0201`),
      '20000200',
      '20000202',
      '20000203',
      '20010200',
      '20010202',
      '20010203',
      '20040200',
      '20040203',
      '20040204',
      '20050200',
      '20050201',
      '20060201',
      '200A0200',
    ],
    freezes: { ...FREEZES, columns: [...ACTIVE_FREEZES, ...REACTIVE_FREEZES] },
    caveats: [
      ...CAVEATS,
      'on a three-wire connection A is Uab and Ia, B is 0, C is Ucb and Ic',
      'combined reactive energies follow the meter’s own combination words and may be negative',
    ],
    sources: SOURCES,
  },
];

const BY_ID = new Map(DLT698_PROFILES.map((profile) => [profile.id, profile]));

/** How a model is read, or undefined when it is not a DL/T 698.45 meter. */
export function dlt698Profile(id: string): Dlt698Profile | undefined {
  return BY_ID.get(id);
}
