import { at } from '../hold.ts';
import type { CurveColumns } from './columns.ts';

/** Places of the points ascending by slot, in `into`; null when they stand so already. */
export function orderOf({ slots, length }: CurveColumns, into: Int32Array): Int32Array | null {
  let isAscending = true;
  for (let i = 1; i < length; i++) {
    if (at(slots, i) < at(slots, i - 1)) isAscending = false;
  }
  if (isAscending) return null;
  const order = into.subarray(0, length);
  for (let i = 0; i < length; i++) order[i] = i;
  return order.sort((a, b) => at(slots, a) - at(slots, b));
}
