import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Answer } from '../meter-reader.ts';
import { DarError } from './dar.ts';
import type { Data } from './data-types.ts';
import { noteOffset } from './meter-clock.ts';
import { answerWith, isNotSupported, type MeterSession, wantedItems } from './meter-session.ts';
import { CLOCK, decodeItem, type OadItem, oadItem } from './oad-items.ts';

/** OAD and choice before each value in an answer to a list. */
const RESULT_BYTES = 5;

/**
 * Present values and states, with as few lists as the model's limits allow. An item that the meter lacks (a DAR that
 * says so) is asked for by the next OAD that holds it, a whole attribute by its elements, left out when there is none,
 * and not asked for again. The clock comes along in the list: its offset is then early by as long as the answer takes.
 * Rejects with ReadError `not_supported` when the meter has none of the wanted items,
 * `malformed`, `implausible`, `device_error`, and the line's.
 */
export async function readPresent(session: MeterSession, task: Task): Promise<Answer> {
  const { profile, source, address, meter, missing } = session;
  const open = new Set(wantedItems(session, task));
  const values = new Map<QuantityName, number | null>();
  const left = new Set(profile.present.flatMap((oad) => (missing.has(meter, oad) ? [] : (oadItem(oad) ?? []))));
  for (let list = bestList(open, left, profile.limits); list.length > 0; list = bestList(open, left, profile.limits)) {
    const answers = await source.readList(
      address,
      list.map(({ oad }) => oad),
    );
    for (const item of list) {
      left.delete(item);
      for (const [name, value] of taken(session, item, answers.get(item.oad))) {
        values.set(name, value);
        open.delete(name);
      }
    }
  }
  return answerWith(session, task, values, null);
}

/** Quantities in what was answered for an item; none when the meter lacks it, which is noted. */
function taken(
  session: MeterSession,
  item: OadItem,
  data: Data | DarError | undefined,
): ReadonlyMap<QuantityName, number | null> {
  if (data === undefined) return new Map();
  if (data instanceof DarError) {
    if (!isNotSupported(data)) throw data;
    session.missing.add(session.meter, item.oad, data.detail);
    return new Map();
  }
  if (item.oad === CLOCK) return new Map([['clock_offset_s', noteOffset(session, data)]]);
  return decodeItem(item, data, session.zone);
}

/** Items that together hold what is open, as many as one list may name and its answer may carry; at least one. */
function bestList(
  open: ReadonlySet<QuantityName>,
  items: Iterable<OadItem>,
  limits: { readonly listOads: number; readonly replyBytes: number },
): OadItem[] {
  const stillOpen = new Set(open);
  const left = new Set(items);
  const list: OadItem[] = [];
  let bytes = 0;
  for (let item = bestItem(stillOpen, left); item; item = bestItem(stillOpen, left)) {
    bytes += RESULT_BYTES + item.bytes;
    if (list.length > 0 && (bytes > limits.replyBytes || list.length >= limits.listOads)) break;
    list.push(item);
    left.delete(item);
    for (const { quantity } of item.fields) stillOpen.delete(quantity);
  }
  return list;
}

/** The item that holds most of what is open, of equals the shortest; undefined when none holds any. */
function bestItem(open: ReadonlySet<QuantityName>, items: Iterable<OadItem>): OadItem | undefined {
  let best: OadItem | undefined;
  let bestCount = 0;
  for (const item of items) {
    const count = item.fields.filter(({ quantity }) => open.has(quantity)).length;
    if (count > bestCount || (best && count === bestCount && item.bytes < best.bytes)) {
      best = item;
      bestCount = count;
    }
  }
  return best;
}
