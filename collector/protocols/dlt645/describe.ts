import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { DataDescription, DiNumbers } from './items/description.ts';
import { describeDemand, describeEnergy } from './items/energy.ts';
import { describeEvent } from './items/events.ts';
import { describeFreeze } from './items/freezes.ts';
import { describeLoadProfile } from './items/load-profiles.ts';
import { describeParameter } from './items/parameters.ts';
import { describeVariable } from './items/variables.ts';

type Describe = (di: string, numbers: DiNumbers) => DataDescription | null;

/** By DI3: each family of identifiers is a pattern, for rates, phases, settlement days and records. */
const FAMILIES: ReadonlyMap<number, Describe> = new Map([
  [0x00, describeEnergy],
  [0x01, describeDemand],
  [0x02, describeVariable],
  [0x03, describeEvent],
  [0x04, describeParameter],
  [0x05, describeFreeze],
  [0x06, describeLoadProfile],
  [0x1d, describeEvent],
  [0x1e, describeEvent],
]);

const DI = /^[0-9A-F]{8}$/;

/**
 * What stands behind a data identifier of DL/T 645-2007 (DI3 DI2 DI1 DI0 in upper-case hexadecimal), or null when the
 * standard has none of that number.
 */
export function describeDi(di: string): DataDescription | null {
  if (!DI.test(di)) return null;
  const [di3 = 0, di2 = 0, di1 = 0, di0 = 0] = Buffer.from(di, 'hex');
  return FAMILIES.get(di3)?.(di, [di3, di2, di1, di0]) ?? null;
}

/** One value of a data field, in the standard's words. */
export interface NamedValue {
  readonly zh: string;
  readonly en: string;
  /** Place in the data field behind the identifier, and how many bytes. */
  readonly at: number;
  readonly length: number;
  /** In the standard's unit: `1234.56`; null when the meter has no value (all FF), or when it cannot be one. */
  readonly value: string | null;
  readonly unit: string;
  readonly quantity: QuantityName | null;
  /** Why the bytes are no such value. */
  readonly fault?: string;
}

/**
 * The values in the data field behind an identifier, null for an identifier that the standard does not have. Every byte
 * belongs to a value: what cannot be one carries its `fault`, as do bytes left over and an end before its time. Never
 * throws: for people who look at what a meter sent, not for bills.
 */
export function decodeData(di: string, data: Uint8Array): readonly NamedValue[] | null {
  const description = describeDi(di);
  return description && namedValues(description, data);
}

/** As `decodeData`, of a description at hand. */
export function namedValues(description: DataDescription, data: Uint8Array): readonly NamedValue[] {
  const values: NamedValue[] = [];
  let at = 0;
  if (description.group > 0) {
    for (const { zh, en, format, quantities } of description.parts) {
      if (at + format.bytes > data.length) break;
      const bytes = data.subarray(at, at + format.bytes);
      const quantity = quantities[0]?.quantity ?? null;
      values.push({ zh, en, at, length: bytes.length, unit: format.unit, quantity, ...readText(format, bytes) });
      at += format.bytes;
    }
  }
  const rest = data.subarray(at);
  const isShort = isTooShort(description, values.length, rest.length);
  if (rest.length > 0 || isShort) values.push(leftOver(rest, at, isShort, description));
  return values;
}

function readText(format: DataDescription['parts'][number]['format'], bytes: Uint8Array) {
  try {
    return { value: format.text(bytes) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return { value: null, fault: error.detail };
  }
}

function leftOver(rest: Uint8Array, at: number, isShort: boolean, { extent }: DataDescription): NamedValue {
  const raw = Buffer.from(rest).toString('hex').toUpperCase();
  const fault = isShort ? 'the data ends too early' : 'more data than the identifier has';
  const isFault = isShort || extent !== 'open';
  const named = { zh: '其余数据', en: 'rest', unit: '', quantity: null };
  return { ...named, at, length: rest.length, value: raw, ...(isFault && { fault }) };
}

/** True when the data ended within a part, or before as many parts as the description asks for. */
function isTooShort({ extent, parts, group }: DataDescription, found: number, rest: number): boolean {
  if (extent === 'open') return found < group;
  if (found === parts.length) return false;
  return extent === 'whole' || rest > 0 || found === 0 || found % group !== 0;
}
