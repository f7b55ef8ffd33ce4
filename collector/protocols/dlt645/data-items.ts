import type { QuantityName } from '#contract/quantities.ts';
import { malformedContent } from '../../lines/read-error.ts';
import type { Format } from './data-format.ts';
import { describeDi } from './describe.ts';
import { nthLast } from './identifier.ts';
import type { DataDescription } from './items/description.ts';

/** One value in a data field: which quantity it is, where it begins, how it is written. */
export interface Field {
  readonly quantity: QuantityName;
  readonly at: number;
  readonly format: Format;
}

/**
 * What stands in the data field behind a data identifier: one to `entries` entries of `entryBytes` each, and where in
 * them our quantities are.
 */
export interface DataItem {
  /** DI3 DI2 DI1 DI0; of a freeze DI3 DI2 DI1, for DI0 is the n-th last. */
  readonly di: string;
  readonly entryBytes: number;
  readonly entries: number;
  readonly fields: readonly Field[];
}

const SERIES_DIGITS = 6;
const KNOWN = new Map<string, DataItem | null>();

/**
 * The item of a data identifier (a freeze without its DI0), or undefined when no quantity is read from it. It is taken
 * from the description of the identifier, so the two cannot differ.
 */
export function dataItem(di: string): DataItem | undefined {
  let item = KNOWN.get(di);
  if (item === undefined) {
    const description = describeDi(di.length === SERIES_DIGITS ? nthLast(di, 1) : di);
    item = description && itemOf(di, description);
    KNOWN.set(di, item);
  }
  return item ?? undefined;
}

/** The item of a description, or null when no quantity of ours is read from it. */
export function itemOf(di: string, { parts, extent, group }: DataDescription): DataItem | null {
  const fields: Field[] = [];
  let at = 0;
  let entryBytes = 0;
  for (const [i, { format, quantities }] of parts.entries()) {
    for (const { quantity, format: read } of quantities) fields.push({ quantity, at, format: read });
    at += format.bytes;
    if (i < group) entryBytes = at;
  }
  if (fields.length === 0 || extent === 'open') return null;
  return { di, entryBytes, entries: parts.length / group, fields };
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
