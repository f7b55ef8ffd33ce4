import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Answer } from '../meter-reader.ts';
import { type DataItem, dataItem, decodeItem } from './data-items.ts';
import { clockOffsetS } from './meter-clock.ts';
import { answerWith, dataOrNone, type MeterSession, wantedItems } from './meter-session.ts';

/**
 * Present values and states. An item that the meter does not have (error 02) is asked for by the next identifier that
 * holds it, a block by its parts, and left out when there is none. Rejects with ReadError `not_supported` when the
 * meter has none of the wanted items, `malformed`, `implausible`, `device_error`, and the line's.
 */
export async function readPresent(session: MeterSession, task: Task): Promise<Answer> {
  const open = new Set(wantedItems(session, task));
  const values = new Map<QuantityName, number | null>();
  if (open.delete('clock_offset_s')) {
    const offset = await clockOffsetS(session);
    if (offset !== undefined) values.set('clock_offset_s', offset);
  }
  const left = new Set(session.profile.present.flatMap((di) => dataItem(di) ?? []));
  for (let item = bestItem(open, left); item; item = bestItem(open, left)) {
    left.delete(item);
    const data = await dataOrNone(session, item.di);
    if (data === null) continue;
    for (const [name, value] of decodeItem(item, data, session.zone)) {
      values.set(name, value);
      open.delete(name);
    }
  }
  return answerWith(session, task, values, null);
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
