import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { FreezeSeries } from '../../profiles/dlt645-profile.ts';
import type { Answer } from '../meter-reader.ts';
import { type DataItem, dataItem, decodeItem } from './data-items.ts';
import { findFreeze, freezeStamp } from './freeze-search.ts';
import { nthLast } from './identifier.ts';
import { CLOCK_TOLERANCE_S, FREEZE_CLOCK_LIMIT_S, recentOffsetS } from './meter-clock.ts';
import { answerWith, knownData, type MeterSession, wantedItems } from './meter-session.ts';
import { periodOf } from './periods.ts';
import { type Settled, settledBlock } from './settled-block.ts';

/** Of a clock that is an hour off, every hour freeze is that of another hour. */
const HOUR_CLOCK_LIMIT_S = 300;

/**
 * The freeze of the series stamped with `slot`, with the blocks that hold wanted items. The month freeze is the day
 * freeze of the first. A stamp only shows what the meter took for midnight, so its clock is looked at as well. Where
 * the series says so, the registers that bills are made from are read twice; see `settledBlock`. Rejects with
 * ReadError: `meter_clock_wrong`, those of `findFreeze`, `malformed`, `implausible`, and the line's.
 */
export async function readFreeze(
  session: MeterSession,
  freezes: FreezeSeries,
  task: Task,
  slot: number,
): Promise<Answer> {
  const started = session.clock.now();
  const n = await findFreeze(session, freezes, slot);
  const offsetS = await usableOffsetS(session, freezes);
  const { values, disputed } = await readBlocks(session, freezes, task, n);
  if (isTurnNear(session, freezes, started, offsetS) && (await freezeStamp(session, freezes, n)) !== slot) {
    throw new ReadError('stale_freeze', 'the meter froze again while it was read');
  }
  const answer = answerWith(session, task, values, slot);
  return disputed.length === 0 ? answer : { ...answer, dropped: [...disputed, ...(answer.dropped ?? [])] };
}

/** Offset of the meter's clock, undefined when it cannot be read. */
async function usableOffsetS(session: MeterSession, { every }: FreezeSeries): Promise<number | undefined> {
  const limitS = every === 'hour' ? HOUR_CLOCK_LIMIT_S : FREEZE_CLOCK_LIMIT_S;
  const offset = await recentOffsetS(session);
  if (offset === undefined || (offset !== null && Math.abs(offset) <= limitS)) return offset;
  const detail = offset === null ? 'the clock shows no time' : `offset ${offset} s`;
  throw new ReadError('meter_clock_wrong', detail, { next: 'skip' });
}

async function readBlocks(session: MeterSession, freezes: FreezeSeries, task: Task, n: number): Promise<Settled> {
  const wanted = new Set(wantedItems(session, task));
  const values = new Map<QuantityName, number | null>();
  const disputed: string[] = [];
  for (const { series, optional, confirm } of freezes.blocks) {
    const item = dataItem(series);
    if (!item?.fields.some(({ quantity }) => wanted.has(quantity))) continue;
    const read = () => readBlock(session, item, n, optional);
    const block = confirm ? await settledBlock(read, wanted) : { values: await read(), disputed: [] };
    for (const [name, value] of block.values) values.set(name, value);
    disputed.push(...block.disputed);
  }
  return { values, disputed };
}

/** The stamp of the freeze is there: what the meter refuses of it, it never freezes. Empty for an optional block. */
async function readBlock(
  session: MeterSession,
  item: DataItem,
  n: number,
  optional: boolean,
): Promise<ReadonlyMap<QuantityName, number | null>> {
  const di = nthLast(item.di, n);
  const data = optional ? await knownData(session, di, item.di) : await session.source.readData(session.address, di);
  return data === null ? new Map() : decodeItem(item, data, session.zone);
}

/**
 * When the day or hour of the meter's clock turns, every freeze moves one number up: values could be those of the next
 * slot. The clock may have been set right since its offset was seen, so every offset between that and none is allowed
 * for.
 */
function isTurnNear(
  { zone, clock }: MeterSession,
  freezes: FreezeSeries,
  started: number,
  offsetS: number | undefined,
): boolean {
  if (offsetS === undefined) return true;
  const earliestS = Math.min(0, offsetS) - CLOCK_TOLERANCE_S;
  const latestS = Math.max(0, offsetS) + CLOCK_TOLERANCE_S;
  const first = periodOf(zone, freezes, started + earliestS * 1000);
  return first !== periodOf(zone, freezes, clock.now() + latestS * 1000);
}
