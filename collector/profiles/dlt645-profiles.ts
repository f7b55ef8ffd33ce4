import type { QuantityName } from '#contract/quantities.ts';
import type { Dlt645Profile, FreezeSeries } from './dlt645-profile.ts';

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

const REACTIVE_ENERGY = [
  'energy_reactive_import_varh',
  'energy_reactive_export_varh',
  'energy_reactive_q1_varh',
  'energy_reactive_q2_varh',
  'energy_reactive_q3_varh',
  'energy_reactive_q4_varh',
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
  'demand_export_max_w',
  'demand_export_max_at',
  'energy_combined_wh',
  'power_apparent_total_va',
  'temperature_c',
  'battery_clock_v',
  'battery_outage_v',
  'relay_open',
  'on_battery',
  'status_word_1',
  'status_word_2',
  'status_word_3',
  'status_word_4',
  'status_word_7',
  'clock_offset_s',
  'credit_remaining',
] as const satisfies readonly QuantityName[];

const COMMON_PRESENT = [
  '00010000',
  '00010100',
  '00010200',
  '00010300',
  '00010400',
  '0001FF00',
  '00020000',
  '00020100',
  '00020200',
  '00020300',
  '00020400',
  '0002FF00',
  '00000000',
  '01010000',
  '01020000',
  '02010100',
  '02020100',
  '02030000',
  '02030100',
  '02050000',
  '02060000',
  '02800002',
  '02800007',
  '02800008',
  '02800009',
  '04000501',
  '04000502',
  '04000503',
  '04000504',
  '04000507',
  '040005FF',
  '00900200',
] as const;

/** DL/T 645-2007 table A.6: 62 day freezes. Only import must be there; the rest depends on model and settings. */
const ACTIVE_FREEZES = [
  { series: '050601', optional: false, confirm: true },
  { series: '050602', optional: true, confirm: false },
  { series: '050609', optional: true, confirm: false },
  { series: '05060A', optional: true, confirm: false },
] as const;

/** The same table: 254 hourly freezes, of the totals alone. */
const HOURLY: FreezeSeries = {
  every: 'hour',
  kept: 254,
  stampSeries: '050400',
  blocks: [
    { series: '050401', optional: false, confirm: false },
    { series: '050402', optional: true, confirm: false },
  ],
};

const SHARED = {
  protocol: 'dlt645',
  hourly: HOURLY,
  loadProfile: { di: '06000001', latestDi: '06000002', recordsPerRequest: 8 },
  powerDownRecords: 3,
} as const;

const SOURCES = [
  'DL/T 645-2007 appendix A (data identifiers) and appendix B (load profile record)',
  'recorded frames in tests/collector/protocols/dlt645/vectors/dlt645-2007.json',
] as const;

const RATE_CAVEAT = 'rates 1 to 4 are taken as 尖 峰 平 谷; a province may number them otherwise';
const FREEZE_CAVEAT = 'a meter without power at midnight writes no freeze, or one stamped when power came back';
const CONFIRM_CAVEAT = 'the frozen import registers are read twice; where two reads disagree a third decides';
const EVENT_CAVEAT = 'an event read costs one request for each kind, and one more for each new record';
const HOURLY_CAVEAT = 'where there is no load profile, hourly freezes serve tasks of whole hours, with energies alone';
const STATUS_CAVEAT = 'bits of status word 3 from 6 upward are an extension and not used';

export const DLT645_PROFILES: readonly Dlt645Profile[] = [
  {
    ...SHARED,
    id: 'dlt645-1ph',
    phases: 1,
    quantities: [...ACTIVE_ENERGY, ...COMMON, 'current_n_a'],
    present: [...COMMON_PRESENT, '02800001'],
    freeze: { every: 'day', kept: 62, stampSeries: '050600', blocks: ACTIVE_FREEZES },
    events: ['power_down', 'cover_open'],
    caveats: [
      RATE_CAVEAT,
      FREEZE_CAVEAT,
      STATUS_CAVEAT,
      CONFIRM_CAVEAT,
      EVENT_CAVEAT,
      HOURLY_CAVEAT,
      'phases B and C stand as FF in blocks and load profiles',
      'many models have no load profile and no demand: they answer error 02 and the item is left out',
    ],
    sources: SOURCES,
  },
  {
    ...SHARED,
    id: 'dlt645-3ph',
    phases: 3,
    quantities: [
      ...ACTIVE_ENERGY,
      ...REACTIVE_ENERGY,
      ...COMMON,
      'voltage_b_v',
      'voltage_c_v',
      'current_b_a',
      'current_c_a',
      'current_n_a',
      'power_active_b_w',
      'power_active_c_w',
      'power_reactive_total_var',
      'power_reactive_a_var',
      'power_reactive_b_var',
      'power_reactive_c_var',
      'power_apparent_a_va',
      'power_apparent_b_va',
      'power_apparent_c_va',
      'power_factor_a',
      'power_factor_b',
      'power_factor_c',
      'phase_angle_a_deg',
      'phase_angle_b_deg',
      'phase_angle_c_deg',
      'energy_import_a_wh',
      'energy_import_b_wh',
      'energy_import_c_wh',
      'status_word_5',
      'status_word_6',
    ],
    present: [
      ...COMMON_PRESENT,
      '00030000',
      '00040000',
      '00050000',
      '00060000',
      '00070000',
      '00080000',
      '0201FF00',
      '02010200',
      '02010300',
      '0202FF00',
      '02020200',
      '02020300',
      '0203FF00',
      '02030200',
      '02030300',
      '0204FF00',
      '02040000',
      '02040100',
      '02040200',
      '02040300',
      '0205FF00',
      '02050100',
      '02050200',
      '02050300',
      '0206FF00',
      '02060100',
      '02060200',
      '02060300',
      '0207FF00',
      '02070100',
      '02070200',
      '02070300',
      '00150000',
      '00290000',
      '003D0000',
      '04000505',
      '04000506',
      '02800001',
    ],
    events: ['power_down', 'cover_open', 'voltage_loss', 'phase_loss'],
    freeze: {
      every: 'day',
      kept: 62,
      stampSeries: '050600',
      blocks: [
        ...ACTIVE_FREEZES,
        { series: '050603', optional: true, confirm: false },
        { series: '050604', optional: true, confirm: false },
        { series: '050605', optional: true, confirm: false },
        { series: '050606', optional: true, confirm: false },
        { series: '050607', optional: true, confirm: false },
        { series: '050608', optional: true, confirm: false },
      ],
    },
    caveats: [
      RATE_CAVEAT,
      FREEZE_CAVEAT,
      STATUS_CAVEAT,
      CONFIRM_CAVEAT,
      EVENT_CAVEAT,
      HOURLY_CAVEAT,
      'on a three-wire connection A is Uab and Ia, B is 0, C is Ucb and Ic',
      'combined reactive energies follow the meter’s own combination words and may be negative',
    ],
    sources: SOURCES,
  },
];

const BY_ID = new Map(DLT645_PROFILES.map((profile) => [profile.id, profile]));

/** How a model is read, or undefined when it is not a DL/T 645 meter. */
export function dlt645Profile(id: string): Dlt645Profile | undefined {
  return BY_ID.get(id);
}
