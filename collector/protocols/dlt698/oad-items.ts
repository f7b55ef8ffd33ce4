import type { QuantityName } from '#contract/quantities.ts';
import { malformedContent } from '../../lines/read-error.ts';
import type { Data } from './data-types.ts';
import {
  CURRENT,
  DEMAND,
  ENERGY,
  ENERGY_FINE,
  FACTOR,
  type Format,
  FREQUENCY,
  POWER,
  stateBits,
  TIME,
  VOLTAGE,
} from './oad-format.ts';

/** One value behind an OAD: which quantity, its place in arrays and structures, how it is written. */
interface Field {
  readonly quantity: QuantityName;
  readonly path: readonly number[];
  readonly format: Format;
}

/** What stands behind an OAD. Source: DL/T 698.45 annex A, object lists of energy, demand, variables and parameters. */
export interface OadItem {
  /** OI, attribute, element: 8 upper-case hexadecimal digits. Element 00 is the whole attribute. */
  readonly oad: string;
  readonly fields: readonly Field[];
  /** Bytes of the value in an answer as meters usually send it. */
  readonly bytes: number;
}

/** When a row was frozen; start and end of an event; the clock. */
export const FREEZE_TIME = '20210200';
export const EVENT_START = '201E0200';
export const EVENT_END = '20200200';
export const CLOCK = '40000200';

/** Rows are the total and rates 1 to 4, or phases; a null has no quantity of ours. */
type Names = readonly (QuantityName | null)[];

/** Total and four rates: what a whole energy or demand usually brings, whatever of it is wanted. */
const USUAL_RATES = 5;

function element(oad: string, quantity: QuantityName, format: Format): OadItem {
  return { oad, fields: [{ quantity, path: [], format }], bytes: format.bytes };
}

/** The whole attribute, an array, and each element by itself: `head` is OI and attribute. */
function array(head: string, format: Format, names: Names, usual = names.length): OadItem[] {
  const fields = names.flatMap((quantity, i) => (quantity === null ? [] : [{ quantity, path: [i], format }]));
  return [
    { oad: `${head}00`, fields, bytes: 2 + usual * format.bytes },
    ...names.flatMap((quantity, i) => (quantity === null ? [] : [element(`${head}0${i + 1}`, quantity, format)])),
  ];
}

/** Attribute 2 with two decimals, attribute 4 with four. */
function energy(oi: string, names: readonly QuantityName[]): OadItem[] {
  return [...array(`${oi}02`, ENERGY, names, USUAL_RATES), ...array(`${oi}04`, ENERGY_FINE, names, USUAL_RATES)];
}

/** Structures of demand and the time it occurred, total first and then rates. */
const DEMAND_BYTES = 2 + DEMAND.bytes + TIME.bytes;
function demand(path: readonly number[]): Field[] {
  return [
    { quantity: 'demand_import_max_w', path: [...path, 0], format: DEMAND },
    { quantity: 'demand_import_max_at', path: [...path, 1], format: TIME },
  ];
}

/** Status word 3 has the same bits as in DL/T 645-2007 table A.5: 1 and 2 supply, 4 relay. */
function status(path: readonly number[]): Field[] {
  return [
    { quantity: 'relay_open', path, format: stateBits(4, 0b1, 1) },
    { quantity: 'on_battery', path, format: stateBits(1, 0b11, 0b10) },
  ];
}
const STATUS_WORDS = 7;
const STATUS_BYTES = 4;

/** Every OAD that the collector reads values from. The clock's value is the instant that it shows. */
const OAD_ITEMS: readonly OadItem[] = [
  ...energy('0010', [
    'energy_import_wh',
    'energy_import_t1_wh',
    'energy_import_t2_wh',
    'energy_import_t3_wh',
    'energy_import_t4_wh',
  ]),
  ...energy('0020', [
    'energy_export_wh',
    'energy_export_t1_wh',
    'energy_export_t2_wh',
    'energy_export_t3_wh',
    'energy_export_t4_wh',
  ]),
  ...energy('0030', ['energy_reactive_import_varh']),
  ...energy('0040', ['energy_reactive_export_varh']),
  ...energy('0050', ['energy_reactive_q1_varh']),
  ...energy('0060', ['energy_reactive_q2_varh']),
  ...energy('0070', ['energy_reactive_q3_varh']),
  ...energy('0080', ['energy_reactive_q4_varh']),
  { oad: '10100200', fields: demand([0]), bytes: 2 + USUAL_RATES * DEMAND_BYTES },
  { oad: '10100201', fields: demand([]), bytes: DEMAND_BYTES },
  ...array('200002', VOLTAGE, ['voltage_a_v', 'voltage_b_v', 'voltage_c_v']),
  ...array('200102', CURRENT, ['current_a_a', 'current_b_a', 'current_c_a']),
  ...array('200402', POWER, ['power_active_total_w', 'power_active_a_w', 'power_active_b_w', 'power_active_c_w']),
  ...array('200502', POWER, [
    'power_reactive_total_var',
    'power_reactive_a_var',
    'power_reactive_b_var',
    'power_reactive_c_var',
  ]),
  ...array('200602', POWER, ['power_apparent_total_va', null, null, null]),
  ...array('200A02', FACTOR, ['power_factor_total', 'power_factor_a', 'power_factor_b', 'power_factor_c']),
  element('200F0200', 'frequency_hz', FREQUENCY),
  { oad: '20140200', fields: status([2]), bytes: 2 + STATUS_WORDS * STATUS_BYTES },
  { oad: '20140203', fields: status([]), bytes: STATUS_BYTES },
  element(CLOCK, 'clock_offset_s', TIME),
];

const BY_OAD = new Map(OAD_ITEMS.map((item) => [item.oad, item]));

/** The item of an OAD, or undefined when no quantity is read from it. */
export function oadItem(oad: string): OadItem | undefined {
  return BY_OAD.get(oad);
}

/**
 * Quantities in the value behind `item`, in our units; null = the meter has no value. An array may be shorter than the
 * table: a meter with two rates sends three energies, and what it does not send is left out. Throws ReadError
 * `malformed` when the value is of another shape.
 */
export function decodeItem({ oad, fields }: OadItem, data: Data, zone: string): Map<QuantityName, number | null> {
  const values = new Map<QuantityName, number | null>();
  for (const { quantity, path, format } of fields) {
    const found = follow(data, path, oad);
    if (found !== undefined) values.set(quantity, format.decode(found, zone));
  }
  return values;
}

function follow(data: Data, path: readonly number[], oad: string): Data | undefined {
  let here: Data = data;
  for (const index of path) {
    if (here.kind === 'null') return here;
    if (here.kind !== 'array' && here.kind !== 'structure') throw malformedContent(`${here.kind} for ${oad}`);
    const next: Data | undefined = here.items[index];
    if (next === undefined) return undefined;
    here = next;
  }
  return here;
}
