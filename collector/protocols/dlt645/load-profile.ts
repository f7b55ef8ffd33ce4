import type { QuantityName } from '#contract/quantities.ts';
import { malformedContent } from '../../lines/read-error.ts';
import {
  CURRENT,
  ENERGY,
  ENERGY_SIGNED,
  FACTOR,
  type Format,
  FREQUENCY,
  POWER,
  STAMP,
  VOLTAGE,
} from './data-format.ts';
import { sum8 } from './frame.ts';
import { stampInstant } from './meter-time.ts';

/** Classes of a load profile: 1 V, I, f; 2 P, Q; 3 power factor; 4 energies; 5 quadrant energies; 6 present demand. */
const PROFILE_CLASSES = [1, 2, 3, 4, 5, 6] as const;
export type ProfileClass = (typeof PROFILE_CLASSES)[number];

type Run = readonly [format: Format, quantities: readonly (QuantityName | null)[]];

/** Values of each class in their order (DL/T 645-2007 appendix B). Null = no quantity of ours. */
const LAYOUTS: Readonly<Record<ProfileClass, readonly Run[]>> = {
  1: [
    [VOLTAGE, ['voltage_a_v', 'voltage_b_v', 'voltage_c_v']],
    [CURRENT, ['current_a_a', 'current_b_a', 'current_c_a']],
    [FREQUENCY, ['frequency_hz']],
  ],
  2: [
    [POWER, ['power_active_total_w', 'power_active_a_w', 'power_active_b_w', 'power_active_c_w']],
    [POWER, ['power_reactive_total_var', 'power_reactive_a_var', 'power_reactive_b_var', 'power_reactive_c_var']],
  ],
  3: [[FACTOR, ['power_factor_total', 'power_factor_a', 'power_factor_b', 'power_factor_c']]],
  4: [
    [ENERGY, ['energy_import_wh', 'energy_export_wh']],
    [ENERGY_SIGNED, ['energy_reactive_import_varh', 'energy_reactive_export_varh']],
  ],
  5: [
    [
      ENERGY,
      ['energy_reactive_q1_varh', 'energy_reactive_q2_varh', 'energy_reactive_q3_varh', 'energy_reactive_q4_varh'],
    ],
  ],
  // Some firmware adds neutral current and apparent power: then twice as long.
  6: [[POWER, [null, null]]],
};

/** What firmware makes of "six classes, each closed by AA": all six, without quadrant energies, without the last AA. */
const USUAL_SETS: readonly (readonly ProfileClass[])[] = [PROFILE_CLASSES, [1, 2, 3, 4, 6], [1, 2, 3, 4, 5]];

const SOUND = 0xa0;
const BAD = 0xe0;
const SEPARATOR = 0xaa;
const END = 0xe5;
/** Start twice and the length byte. */
const HEAD_BYTES = 3;

export interface LoadRecord {
  /** When the meter took the record, UTC ms; null when the stamp is empty. */
  readonly time: number | null;
  /** Only what the record holds; null = all FF. */
  readonly values: ReadonlyMap<QuantityName, number | null>;
  /** Classes of a length that this table does not know, such as `class 1 of 9 bytes`. Their values are left out. */
  readonly unknown: readonly string[];
}

/**
 * Records in the data of a load profile reply (after the DI, follow-up frames joined). `classes` are those that the
 * request was for. A record that the meter itself marks as bad (E0 E0) is left out. Throws ReadError `malformed` for a
 * record that is cut short, whose inner sum is wrong, or whose values are not BCD.
 */
export function parseLoadProfile(
  data: Uint8Array,
  zone: string,
  classes: readonly ProfileClass[] = PROFILE_CLASSES,
): LoadRecord[] {
  const records: LoadRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const mark = data[at];
    if ((mark !== SOUND && mark !== BAD) || data[at + 1] !== mark) {
      throw malformedContent(`load profile record begins with ${mark?.toString(16)}`);
    }
    const sumAt = at + HEAD_BYTES + (data[at + 2] ?? 0);
    if (data[sumAt + 1] !== END) throw malformedContent('load profile record does not end with E5');
    if (mark === SOUND) {
      if (sum8(data, at, sumAt) !== data[sumAt]) throw malformedContent('sum of a load profile record');
      records.push(parseRecord(data.subarray(at + HEAD_BYTES, sumAt), zone, classes));
    }
    at = sumAt + 2;
  }
  return records;
}

function parseRecord(body: Uint8Array, zone: string, classes: readonly ProfileClass[]): LoadRecord {
  const time = stampInstant(body.subarray(0, STAMP.bytes), zone);
  const values = new Map<QuantityName, number | null>();
  const unknown: string[] = [];
  for (const [name, bytes] of assign(split(body.subarray(STAMP.bytes)), classes)) {
    if (bytes.length === 0) continue;
    if (fits(name, bytes)) decodeClass(LAYOUTS[name], bytes, zone, values);
    else unknown.push(`class ${name} of ${bytes.length} bytes`);
  }
  return { time, values, unknown };
}

/** Parts between separators. AA is neither BCD nor a signed top byte nor FF, so it cannot occur inside a value. */
function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(SEPARATOR); at >= 0; at = bytes.indexOf(SEPARATOR, from)) {
    parts.push(bytes.subarray(from, at));
    from = at + 1;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}

/**
 * Which class each part is. All six parts are usual whatever was asked for; a meter may also send only the class asked
 * for, or leave a class out: the first set with that many parts whose lengths all fit is taken.
 */
function assign(parts: readonly Uint8Array[], asked: readonly ProfileClass[]): [ProfileClass, Uint8Array][] {
  const sets = [...USUAL_SETS, asked].filter((set) => set.length === parts.length);
  const matches = (set: readonly ProfileClass[]): boolean =>
    set.every((name, i) => fits(name, parts[i] ?? new Uint8Array()));
  const set = sets.find(matches) ?? sets[0];
  if (!set) throw malformedContent(`load profile record of ${parts.length} classes`);
  return set.map((name, i) => [name, parts[i] ?? new Uint8Array()]);
}

function fits(name: ProfileClass, bytes: Uint8Array): boolean {
  const usual = LAYOUTS[name].reduce((sum, [format, names]) => sum + format.bytes * names.length, 0);
  return bytes.length === 0 || bytes.length === usual || (name === 6 && bytes.length === 2 * usual);
}

function decodeClass(
  runs: readonly Run[],
  bytes: Uint8Array,
  zone: string,
  values: Map<QuantityName, number | null>,
): void {
  let at = 0;
  for (const [format, names] of runs) {
    for (const name of names) {
      if (name !== null) values.set(name, format.decode(bytes.subarray(at, at + format.bytes), zone));
      at += format.bytes;
    }
  }
}
