/**
 * The closed list of what a meter can tell, with unit, sign and code in the two families of standards.
 *
 * Sign: import (from grid to customer) is positive, export negative. It is settled here and nowhere else;
 * a profile that reads a meter with another convention turns the sign when it decodes.
 *
 * Energy is an integer number of watt-hours (varh), so sums and differences are exact. Gauges travel as decimal
 * numbers in the named unit and are stored as integers scaled by `decimals`.
 *
 * Sources: OBIS value groups IEC 62056-6-1; data identifiers DL/T 645-2007 appendix A.
 */
export const QUANTITY_KINDS = ['counter', 'gauge', 'state', 'time'] as const;
export type QuantityKind = (typeof QUANTITY_KINDS)[number];

export const PHASES = ['a', 'b', 'c'] as const;
export type Phase = (typeof PHASES)[number];

export interface Quantity {
  readonly name: string;
  /** Unit of the value as it travels: Wh, varh, V, A, W, var, VA, Hz, s, currency unit; '' for ratios and states. */
  readonly unit: string;
  readonly kind: QuantityKind;
  /** Digits kept after the decimal point; the stored integer is value × 10^decimals. */
  readonly decimals: number;
  /** OBIS code A-B:C.D.E, or null where the standard has none. */
  readonly obis: string | null;
  /** DL/T 645-2007 data identifier DI3 DI2 DI1 DI0 of the present value, or null. */
  readonly di: string | null;
  readonly zh: string;
  readonly en: string;
}

type Row = readonly [
  name: string,
  unit: string,
  kind: QuantityKind,
  decimals: number,
  obis: string | null,
  di: string | null,
  zh: string,
  en: string,
];

const ROWS = [
  ['energy_import_wh', 'Wh', 'counter', 0, '1-0:1.8.0', '00010000', '正向有功总电能', 'active energy import'],
  [
    'energy_import_t1_wh',
    'Wh',
    'counter',
    0,
    '1-0:1.8.1',
    '00010100',
    '正向有功尖电能',
    'active import, rate 1 (sharp peak)',
  ],
  [
    'energy_import_t2_wh',
    'Wh',
    'counter',
    0,
    '1-0:1.8.2',
    '00010200',
    '正向有功峰电能',
    'active import, rate 2 (peak)',
  ],
  [
    'energy_import_t3_wh',
    'Wh',
    'counter',
    0,
    '1-0:1.8.3',
    '00010300',
    '正向有功平电能',
    'active import, rate 3 (flat)',
  ],
  [
    'energy_import_t4_wh',
    'Wh',
    'counter',
    0,
    '1-0:1.8.4',
    '00010400',
    '正向有功谷电能',
    'active import, rate 4 (valley)',
  ],
  ['energy_export_wh', 'Wh', 'counter', 0, '1-0:2.8.0', '00020000', '反向有功总电能', 'active energy export'],
  ['energy_export_t1_wh', 'Wh', 'counter', 0, '1-0:2.8.1', '00020100', '反向有功尖电能', 'active export, rate 1'],
  ['energy_export_t2_wh', 'Wh', 'counter', 0, '1-0:2.8.2', '00020200', '反向有功峰电能', 'active export, rate 2'],
  ['energy_export_t3_wh', 'Wh', 'counter', 0, '1-0:2.8.3', '00020300', '反向有功平电能', 'active export, rate 3'],
  ['energy_export_t4_wh', 'Wh', 'counter', 0, '1-0:2.8.4', '00020400', '反向有功谷电能', 'active export, rate 4'],
  [
    'energy_reactive_import_varh',
    'varh',
    'counter',
    0,
    '1-0:3.8.0',
    '00030000',
    '组合无功1总电能',
    'reactive energy import',
  ],
  [
    'energy_reactive_export_varh',
    'varh',
    'counter',
    0,
    '1-0:4.8.0',
    '00040000',
    '组合无功2总电能',
    'reactive energy export',
  ],
  [
    'energy_reactive_q1_varh',
    'varh',
    'counter',
    0,
    '1-0:5.8.0',
    '00050000',
    '第一象限无功电能',
    'reactive energy, quadrant 1',
  ],
  [
    'energy_reactive_q2_varh',
    'varh',
    'counter',
    0,
    '1-0:6.8.0',
    '00060000',
    '第二象限无功电能',
    'reactive energy, quadrant 2',
  ],
  [
    'energy_reactive_q3_varh',
    'varh',
    'counter',
    0,
    '1-0:7.8.0',
    '00070000',
    '第三象限无功电能',
    'reactive energy, quadrant 3',
  ],
  [
    'energy_reactive_q4_varh',
    'varh',
    'counter',
    0,
    '1-0:8.8.0',
    '00080000',
    '第四象限无功电能',
    'reactive energy, quadrant 4',
  ],
  ['voltage_a_v', 'V', 'gauge', 2, '1-0:32.7.0', '02010100', 'A 相电压', 'voltage, phase A'],
  ['voltage_b_v', 'V', 'gauge', 2, '1-0:52.7.0', '02010200', 'B 相电压', 'voltage, phase B'],
  ['voltage_c_v', 'V', 'gauge', 2, '1-0:72.7.0', '02010300', 'C 相电压', 'voltage, phase C'],
  ['current_a_a', 'A', 'gauge', 3, '1-0:31.7.0', '02020100', 'A 相电流', 'current, phase A'],
  ['current_b_a', 'A', 'gauge', 3, '1-0:51.7.0', '02020200', 'B 相电流', 'current, phase B'],
  ['current_c_a', 'A', 'gauge', 3, '1-0:71.7.0', '02020300', 'C 相电流', 'current, phase C'],
  ['current_n_a', 'A', 'gauge', 3, '1-0:91.7.0', '02800001', '零线电流', 'current, neutral'],
  ['power_active_total_w', 'W', 'gauge', 1, '1-0:16.7.0', '02030000', '总有功功率', 'active power, total'],
  ['power_active_a_w', 'W', 'gauge', 1, '1-0:36.7.0', '02030100', 'A 相有功功率', 'active power, phase A'],
  ['power_active_b_w', 'W', 'gauge', 1, '1-0:56.7.0', '02030200', 'B 相有功功率', 'active power, phase B'],
  ['power_active_c_w', 'W', 'gauge', 1, '1-0:76.7.0', '02030300', 'C 相有功功率', 'active power, phase C'],
  ['power_reactive_total_var', 'var', 'gauge', 1, '1-0:131.7.0', '02040000', '总无功功率', 'reactive power, total'],
  ['power_reactive_a_var', 'var', 'gauge', 1, '1-0:151.7.0', '02040100', 'A 相无功功率', 'reactive power, phase A'],
  ['power_reactive_b_var', 'var', 'gauge', 1, '1-0:171.7.0', '02040200', 'B 相无功功率', 'reactive power, phase B'],
  ['power_reactive_c_var', 'var', 'gauge', 1, '1-0:191.7.0', '02040300', 'C 相无功功率', 'reactive power, phase C'],
  ['power_apparent_total_va', 'VA', 'gauge', 1, '1-0:9.7.0', '02050000', '总视在功率', 'apparent power, total'],
  ['power_factor_total', '', 'gauge', 3, '1-0:13.7.0', '02060000', '总功率因数', 'power factor, total'],
  ['power_factor_a', '', 'gauge', 3, '1-0:33.7.0', '02060100', 'A 相功率因数', 'power factor, phase A'],
  ['power_factor_b', '', 'gauge', 3, '1-0:53.7.0', '02060200', 'B 相功率因数', 'power factor, phase B'],
  ['power_factor_c', '', 'gauge', 3, '1-0:73.7.0', '02060300', 'C 相功率因数', 'power factor, phase C'],
  ['frequency_hz', 'Hz', 'gauge', 2, '1-0:14.7.0', '02800002', '电网频率', 'frequency'],
  ['demand_import_max_w', 'W', 'gauge', 1, '1-0:1.6.0', '01010000', '正向有功最大需量', 'maximum demand, import'],
  [
    'demand_import_max_at',
    'ms',
    'time',
    0,
    '1-0:1.6.0',
    '01010000',
    '最大需量发生时间',
    'time of maximum demand, import',
  ],
  ['energy_combined_wh', 'Wh', 'counter', 0, null, '00000000', '组合有功总电能', 'active energy, combined'],
  ['energy_import_a_wh', 'Wh', 'counter', 0, '1-0:21.8.0', '00150000', 'A 相正向有功电能', 'active import, phase A'],
  ['energy_import_b_wh', 'Wh', 'counter', 0, '1-0:41.8.0', '00290000', 'B 相正向有功电能', 'active import, phase B'],
  ['energy_import_c_wh', 'Wh', 'counter', 0, '1-0:61.8.0', '003D0000', 'C 相正向有功电能', 'active import, phase C'],
  ['power_apparent_a_va', 'VA', 'gauge', 1, '1-0:29.7.0', '02050100', 'A 相视在功率', 'apparent power, phase A'],
  ['power_apparent_b_va', 'VA', 'gauge', 1, '1-0:49.7.0', '02050200', 'B 相视在功率', 'apparent power, phase B'],
  ['power_apparent_c_va', 'VA', 'gauge', 1, '1-0:69.7.0', '02050300', 'C 相视在功率', 'apparent power, phase C'],
  ['phase_angle_a_deg', '°', 'gauge', 1, '1-0:81.7.40', '02070100', 'A 相相角', 'angle of current to voltage, phase A'],
  ['phase_angle_b_deg', '°', 'gauge', 1, '1-0:81.7.51', '02070200', 'B 相相角', 'angle of current to voltage, phase B'],
  ['phase_angle_c_deg', '°', 'gauge', 1, '1-0:81.7.62', '02070300', 'C 相相角', 'angle of current to voltage, phase C'],
  ['demand_export_max_w', 'W', 'gauge', 1, '1-0:2.6.0', '01020000', '反向有功最大需量', 'maximum demand, export'],
  [
    'demand_export_max_at',
    'ms',
    'time',
    0,
    '1-0:2.6.0',
    '01020000',
    '反向最大需量发生时间',
    'time of maximum demand, export',
  ],
  ['temperature_c', '°C', 'gauge', 1, '0-0:96.9.0', '02800007', '表内温度', 'temperature in the meter'],
  ['battery_clock_v', 'V', 'gauge', 2, '0-0:96.6.3', '02800008', '时钟电池电压', 'voltage of the clock battery'],
  ['battery_outage_v', 'V', 'gauge', 2, null, '02800009', '停电抄表电池电压', 'voltage of the battery for outages'],
  ['relay_open', '', 'state', 0, '0-0:96.3.10', '04000503', '继电器断开', 'relay open (1) or closed (0)'],
  ['on_battery', '', 'state', 0, null, '04000503', '电池供电', 'meter runs on its battery (1) or on mains (0)'],
  ['status_word_1', '', 'state', 0, null, '04000501', '电表运行状态字 1', 'status word 1'],
  ['status_word_2', '', 'state', 0, null, '04000502', '电表运行状态字 2', 'status word 2'],
  ['status_word_3', '', 'state', 0, null, '04000503', '电表运行状态字 3', 'status word 3'],
  ['status_word_4', '', 'state', 0, null, '04000504', '电表运行状态字 4', 'status word 4'],
  ['status_word_5', '', 'state', 0, null, '04000505', '电表运行状态字 5', 'status word 5'],
  ['status_word_6', '', 'state', 0, null, '04000506', '电表运行状态字 6', 'status word 6'],
  ['status_word_7', '', 'state', 0, null, '04000507', '电表运行状态字 7', 'status word 7'],
  ['clock_offset_s', 's', 'gauge', 0, null, null, '时钟偏差', 'meter clock minus collector clock'],
  ['credit_remaining', 'CNY', 'gauge', 2, null, '00900200', '剩余金额', 'remaining credit'],
] as const satisfies readonly Row[];

export type QuantityName = (typeof ROWS)[number][0];

export const QUANTITIES: readonly (Quantity & { readonly name: QuantityName })[] = ROWS.map(
  ([name, unit, kind, decimals, obis, di, zh, en]) => ({ name, unit, kind, decimals, obis, di, zh, en }),
);

export const QUANTITY_NAMES: readonly QuantityName[] = ROWS.map(([name]) => name);

const BY_NAME = new Map<string, Quantity & { readonly name: QuantityName }>(QUANTITIES.map((q) => [q.name, q]));

export function isQuantity(name: string): name is QuantityName {
  return BY_NAME.has(name);
}

export function quantity(name: QuantityName): Quantity & { readonly name: QuantityName } {
  const found = BY_NAME.get(name);
  if (!found) throw new Error(`BUG: quantity ${name} is not in the list`);
  return found;
}

/** Stored integer of a value in the quantity's unit: 230.46 V with 2 decimals is 23046. */
export function toScaled(name: QuantityName, value: number): number {
  return Math.round(value * 10 ** quantity(name).decimals);
}

/** Value in the quantity's unit of a stored integer. */
export function fromScaled(name: QuantityName, scaled: number): number {
  const { decimals } = quantity(name);
  return decimals === 0 ? scaled : scaled / 10 ** decimals;
}

/** Combined energies add and subtract directions or quadrants as each meter is told to: they may run below zero. */
const SIGNED_COUNTERS: ReadonlySet<QuantityName> = new Set<QuantityName>([
  'energy_combined_wh',
  'energy_reactive_import_varh',
  'energy_reactive_export_varh',
]);

export function isSignedCounter(name: QuantityName): boolean {
  return SIGNED_COUNTERS.has(name);
}

const STATUS_WORD_MOST = 0xffff;

/** Largest value of a `state`: 1 of a yes or no, FFFF of a status word, whose bits stand as the meter sent them. */
export function mostOfState(name: QuantityName): number {
  return name.startsWith('status_word_') ? STATUS_WORD_MOST : 1;
}

export const RATE_IMPORTS = [
  'energy_import_t1_wh',
  'energy_import_t2_wh',
  'energy_import_t3_wh',
  'energy_import_t4_wh',
] as const satisfies readonly QuantityName[];
