import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Answer } from '../meter-reader.ts';
import { type DataItem, dataItem, decodeItem } from './data-items.ts';
import { clockOffsetS } from './meter-clock.ts';
import { answerWith, knownData, type MeterSession, wantedItems } from './meter-session.ts';

/**
 * Present values and states. An item that the meter does not have (error 02) is asked for by the next identifier that
 * holds it, a block by its parts, and left out when there is none; what was refused is remembered and not asked for
 * again. Rejects with ReadError `not_supported` when the meter has none of the wanted items, `malformed`, `implausible`,
 * `device_error`, and the line's.
 */
export async function readPresent(session: MeterSession, task: Task): Promise<Answer> {
  const { meter, missing, zone, profile } = session;
  const open = new Set(wantedItems(session, task));
  const values = new Map<QuantityName, number | null>();
  if (open.delete('clock_offset_s')) {
    const offset = await clockOffsetS(session);
    if (offset !== undefined) values.set('clock_offset_s', offset);
  }
  const items = profile.present.flatMap((di) => (missing.has(meter, di) ? [] : (dataItem(di) ?? [])));
  const read = async (item: DataItem) => {
    const data = await knownData(session, item.di);
    return data && decodeItem(item, data, zone);
  };
  for (const [name, value] of await coverItems(open, items, read)) values.set(name, value);
  return answerWith(session, task, values, null);
}

/**
 * Values of the quantities in `open`, by the fewest of `items` that hold them. `read` gives the values of an item, or
 * null when the meter does not have it: then others that hold its quantities are tried.
 */
export async function coverItems(
  open: ReadonlySet<QuantityName>,
  items: readonly DataItem[],
  read: (item: DataItem) => Promise<ReadonlyMap<QuantityName, number | null> | null>,
): Promise<Map<QuantityName, number | null>> {
  const wanted = new Set(open);
  const left = new Set(items);
  const values = new Map<QuantityName, number | null>();
  for (let item = bestItem(wanted, left); item; item = bestItem(wanted, left)) {
    left.delete(item);
    for (const [name, value] of (await read(item)) ?? []) {
      values.set(name, value);
      wanted.delete(name);
    }
  }
  return values;
}

/** The item that holds most of what is open, of equals the shortest; undefined when none holds any. */
export function bestItem(open: ReadonlySet<QuantityName>, items: Iterable<DataItem>): DataItem | undefined {
  let best: DataItem | undefined;
  let bestCount = 0;
  for (const item of items) {
    const count = item.fields.filter(({ quantity }) => open.has(quantity)).length;
    if (count > bestCount || (best && count === bestCount && bytesOf(item) < bytesOf(best))) {
      best = item;
      bestCount = count;
    }
  }
  return best;
}

function bytesOf(item: DataItem): number {
  return Math.max(...item.fields.map(({ at, format }) => at + format.bytes));
}
