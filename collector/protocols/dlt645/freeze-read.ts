import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { dataItem, decodeItem } from './data-items.ts';
import { findFreeze, freezeStamp } from './freeze-search.ts';
import { nthLast } from './identifier.ts';
import { CLOCK_TOLERANCE_S, FREEZE_CLOCK_LIMIT_S, recentOffsetS } from './meter-clock.ts';
import { answerWith, isNotSupported, type MeterSession, wantedItems } from './meter-session.ts';

/**
 * The day freeze stamped with `slot` (local midnight), with the blocks that hold wanted items. The month freeze is the
 * day freeze of the first. A stamp only shows what the meter took for midnight, so its clock is looked at as well.
 * Rejects with ReadError: `meter_clock_wrong`, those of `findFreeze`, `malformed`, `implausible`, and the line's.
 */
export async function readFreeze(session: MeterSession, task: Task, slot: number): Promise<Answer> {
  const started = session.clock.now();
  const n = await findFreeze(session, slot);
  const offsetS = await usableOffsetS(session);
  const values = await readBlocks(session, task, n);
  if (midnightNear(session, started, offsetS) && (await freezeStamp(session, n)) !== slot) {
    throw new ReadError('stale_freeze', 'the meter froze again while it was read');
  }
  return answerWith(session, task, values, slot);
}

/** Offset of the meter's clock, undefined when it cannot be read. */
async function usableOffsetS(session: MeterSession): Promise<number | undefined> {
  const offset = await recentOffsetS(session);
  if (offset === undefined || (offset !== null && Math.abs(offset) <= FREEZE_CLOCK_LIMIT_S)) return offset;
  const detail = offset === null ? 'the clock shows no time' : `offset ${offset} s`;
  throw new ReadError('meter_clock_wrong', detail, { next: 'skip' });
}

async function readBlocks(session: MeterSession, task: Task, n: number): Promise<Map<QuantityName, number | null>> {
  const wanted = new Set(wantedItems(session, task));
  const values = new Map<QuantityName, number | null>();
  for (const { series, optional } of session.profile.freeze.blocks) {
    const item = dataItem(series);
    if (!item?.fields.some(({ quantity }) => wanted.has(quantity))) continue;
    try {
      const data = await session.source.readData(session.address, nthLast(series, n));
      for (const [name, value] of decodeItem(item, data, session.zone)) values.set(name, value);
    } catch (error) {
      if (!optional || !isNotSupported(error)) throw error;
    }
  }
  return values;
}

/**
 * At midnight of the meter's clock every freeze moves one number up: values could be those of the next slot. The clock
 * may have been set right since its offset was seen, so every offset between that and none is allowed for.
 */
function midnightNear({ zone, clock }: MeterSession, started: number, offsetS: number | undefined): boolean {
  if (offsetS === undefined) return true;
  const earliestS = Math.min(0, offsetS) - CLOCK_TOLERANCE_S;
  const latestS = Math.max(0, offsetS) + CLOCK_TOLERANCE_S;
  return dateOf(zone, started + earliestS * 1000) !== dateOf(zone, clock.now() + latestS * 1000);
}
