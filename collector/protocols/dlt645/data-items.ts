import type { QuantityName } from '#contract/quantities.ts';
import { malformedContent } from '../../lines/read-error.ts';
import {
  CURRENT,
  ENERGY,
  ENERGY_SIGNED,
  FACTOR,
  type Format,
  FREQUENCY,
  MONEY,
  POWER,
  STAMP,
  VOLTAGE,
  wordBits,
} from './data-format.ts';

/** One value in a data field: which quantity it is, where it begins, how it is written. */
interface Field {
  readonly quantity: QuantityName;
  readonly at: number;
  readonly format: Format;
}

/**
 * What stands in the data field behind a data identifier: one to `entries` entries of `entryBytes` each, and where in
 * them our quantities are. Sources: DL/T 645-2007 appendix A, tables A.1 (energy), A.2 (demand), A.3 (variables),
 * A.5 (status word 3), A.6 (freezes).
 */
export interface DataItem {
  /** DI3 DI2 DI1 DI0; of a freeze DI3 DI2 DI1, for DI0 is the n-th last. */
  readonly di: string;
  readonly entryBytes: number;
  readonly entries: number;
  readonly fields: readonly Field[];
}

/** DI1 of rates goes up to 3F; a block is the total and then the rates that the meter has. */
const MOST_RATES = 63;

type Names = readonly (QuantityName | null)[];

function inARow(format: Format, names: Names): Field[] {
  return names.flatMap((quantity, i) => (quantity === null ? [] : [{ quantity, at: i * format.bytes, format }]));
}

function single(di: string, format: Format, quantity: QuantityName): DataItem {
  return { di, entryBytes: format.bytes, entries: 1, fields: [{ quantity, at: 0, format }] };
}

/** Total and rates 1 to 4 of one energy: present items, their block, and the block in the day freeze 0506. */
function energy(di2: string, format: Format, names: readonly QuantityName[]): DataItem[] {
  const block = { entryBytes: format.bytes, entries: 1 + MOST_RATES, fields: inARow(format, names) };
  return [
    ...names.map((name, rate) => single(`00${di2}0${rate}00`, format, name)),
    { di: `00${di2}FF00`, ...block },
    { di: `0506${di2}`, ...block },
  ];
}

/** A variable with one item per phase and a block of them all. `first` is DI1 of the first: 00 total or 01 phase A. */
function variable(di2: string, format: Format, first: 0 | 1, names: Names): DataItem[] {
  return [
    ...names.flatMap((name, i) => (name === null ? [] : [single(`02${di2}0${first + i}00`, format, name)])),
    { di: `02${di2}FF00`, entryBytes: format.bytes, entries: names.length, fields: inARow(format, names) },
  ];
}

/** Demand and the time it occurred, total first and then rates. */
const DEMAND = {
  entryBytes: POWER.bytes + STAMP.bytes,
  fields: [
    { quantity: 'demand_import_max_w', at: 0, format: POWER },
    { quantity: 'demand_import_max_at', at: POWER.bytes, format: STAMP },
  ],
} as const;

/** Every item that the collector reads values from. */
export const DATA_ITEMS: readonly DataItem[] = [
  ...energy('01', ENERGY, [
    'energy_import_wh',
    'energy_import_t1_wh',
    'energy_import_t2_wh',
    'energy_import_t3_wh',
    'energy_import_t4_wh',
  ]),
  ...energy('02', ENERGY, [
    'energy_export_wh',
    'energy_export_t1_wh',
    'energy_export_t2_wh',
    'energy_export_t3_wh',
    'energy_export_t4_wh',
  ]),
  ...energy('03', ENERGY_SIGNED, ['energy_reactive_import_varh']),
  ...energy('04', ENERGY_SIGNED, ['energy_reactive_export_varh']),
  ...energy('05', ENERGY, ['energy_reactive_q1_varh']),
  ...energy('06', ENERGY, ['energy_reactive_q2_varh']),
  ...energy('07', ENERGY, ['energy_reactive_q3_varh']),
  ...energy('08', ENERGY, ['energy_reactive_q4_varh']),
  { di: '01010000', entries: 1, ...DEMAND },
  { di: '050609', entries: 1 + MOST_RATES, ...DEMAND },
  ...variable('01', VOLTAGE, 1, ['voltage_a_v', 'voltage_b_v', 'voltage_c_v']),
  ...variable('02', CURRENT, 1, ['current_a_a', 'current_b_a', 'current_c_a']),
  ...variable('03', POWER, 0, ['power_active_total_w', 'power_active_a_w', 'power_active_b_w', 'power_active_c_w']),
  ...variable('04', POWER, 0, [
    'power_reactive_total_var',
    'power_reactive_a_var',
    'power_reactive_b_var',
    'power_reactive_c_var',
  ]),
  ...variable('05', POWER, 0, ['power_apparent_total_va', null, null, null]),
  ...variable('06', FACTOR, 0, ['power_factor_total', 'power_factor_a', 'power_factor_b', 'power_factor_c']),
  single('02800001', CURRENT, 'current_n_a'),
  single('02800002', FREQUENCY, 'frequency_hz'),
  single('00900200', MONEY, 'credit_remaining'),
  {
    di: '04000503',
    entryBytes: 2,
    entries: 1,
    fields: [
      { quantity: 'relay_open', at: 0, format: wordBits(4, 0b1, 1) },
      { quantity: 'on_battery', at: 0, format: wordBits(1, 0b11, 0b10) },
    ],
  },
];

const BY_DI = new Map(DATA_ITEMS.map((item) => [item.di, item]));

/** The item of a data identifier (a freeze without its DI0), or undefined when no quantity is read from it. */
export function dataItem(di: string): DataItem | undefined {
  return BY_DI.get(di);
}

/**
 * Quantities in the data field behind `item`'s identifier, in our units; null = all FF. A block may be shorter than the
 * table: a meter with two rates sends three energies, and what it does not send is left out. Throws ReadError
 * `malformed` when the length does not fit the item or a value is not BCD.
 */
export function decodeItem(item: DataItem, data: Uint8Array, zone: string): Map<QuantityName, number | null> {
  const { di, entryBytes, entries, fields } = item;
  if (data.length === 0 || data.length % entryBytes !== 0 || data.length > entryBytes * entries) {
    throw malformedContent(`${data.length} bytes for ${di}`, data);
  }
  const values = new Map<QuantityName, number | null>();
  for (const { quantity, at, format } of fields) {
    const bytes = data.subarray(at, at + format.bytes);
    if (bytes.length === format.bytes) values.set(quantity, format.decode(bytes, zone));
  }
  return values;
}
