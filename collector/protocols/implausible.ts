import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../lines/read-error.ts';
import type { Answer } from './meter-reader.ts';

/** What bills are made from: a read without it must not pass for a good one. */
const MAIN_REGISTER: QuantityName = 'energy_import_wh';

/**
 * The values of an answer, null in place of those that cannot be, each of which stands as its ReadError `implausible`.
 * Throws that error when it is about the main register, or when no value is left beside it.
 */
export function withoutImplausible(
  read: ReadonlyMap<QuantityName, number | null | ReadError>,
): Pick<Answer, 'values' | 'dropped'> {
  const values = new Map<QuantityName, number | null>();
  const refused: ReadError[] = [];
  let isAnyLeft = false;
  for (const [name, value] of read) {
    const isRefused = value instanceof ReadError;
    if (isRefused && name === MAIN_REGISTER) throw value;
    if (isRefused) refused.push(value);
    values.set(name, isRefused ? null : value);
    isAnyLeft ||= !isRefused && value !== null;
  }
  const [first] = refused;
  if (first === undefined) return { values };
  if (!isAnyLeft) throw first;
  return { values, dropped: refused.map(({ detail }) => detail) };
}
