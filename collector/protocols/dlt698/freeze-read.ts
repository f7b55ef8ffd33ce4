import type { Task } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';
import { ReadError } from '../../lines/read-error.ts';
import { CLOCK_TOLERANCE_S, FREEZE_CLOCK_LIMIT_S } from '../dlt645/meter-clock.ts';
import { stampText } from '../dlt645/meter-time.ts';
import type { Answer } from '../meter-reader.ts';
import { stampBytes } from './local-time.ts';
import { clockOffsetS, recentOffsetS } from './meter-clock.ts';
import { answerWith, type MeterSession, nothingWanted, wantedItems } from './meter-session.ts';
import { FREEZE_TIME } from './oad-items.ts';
import { columnsFor, readFreezes, readStamps, rowValues } from './record-read.ts';

const DAY_MS = 86_400_000;

/**
 * The day or month freeze stamped with `slot` (local midnight). A stamp only shows what the meter took for midnight, so
 * its clock is looked at as well. Rejects with ReadError: `not_supported` (older than the meter keeps, no freezes, no
 * import), `meter_clock_wrong`, `stale_freeze` (no freeze of that slot, detail names one that was found), `malformed`,
 * `implausible`, `device_error`, and the line's.
 */
export async function readFreeze(session: MeterSession, task: Task, slot: number): Promise<Answer> {
  const { profile, zone, clock } = session;
  const { oad, keptDays } = task.kind === 'freeze-month' ? profile.freezes.month : profile.freezes.day;
  const age = daysBetween(zone, slot, clock.now());
  if (age >= keptDays) {
    throw new ReadError('not_supported', `${age} days ago, ${keptDays} days are kept`, { next: 'skip' });
  }
  const columns = columnsFor(session, oad, profile.freezes.columns, wantedItems(session, task));
  if (columns.length === 0) throw nothingWanted();
  const selector = { kind: 1, oad: FREEZE_TIME, time: stampBytes(slot, zone) } as const;
  const rows = await readFreezes(session, { oad, selector }, columns);
  const row = rows.get(slot);
  if (row === undefined) throw await whyMissing(session, oad, [...rows.keys()]);
  await refuseWrongClock(session);
  return answerWith(session, task, rowValues(row, zone), slot);
}

async function refuseWrongClock(session: MeterSession): Promise<void> {
  const offset = await recentOffsetS(session);
  if (offset === undefined || (offset !== null && Math.abs(offset) <= FREEZE_CLOCK_LIMIT_S)) return;
  throw wrongClock(offset);
}

function wrongClock(offsetS: number | null): ReadError {
  const detail = offsetS === null ? 'the clock shows no time' : `offset ${offsetS} s`;
  return new ReadError('meter_clock_wrong', detail, { next: 'skip' });
}

/** A freeze is missing because the meter lives in another time, or because it had no power at midnight. */
async function whyMissing(session: MeterSession, oad: string, stamps: readonly number[]): Promise<ReadError> {
  const offset = await clockOffsetS(session);
  if (offset === null || (offset !== undefined && Math.abs(offset) > CLOCK_TOLERANCE_S)) return wrongClock(offset);
  const [other] = stamps.length > 0 ? stamps : await lastStamps(session, oad);
  const found = other === undefined ? 'no freeze' : `freeze of ${stampText(other, session.zone)}`;
  return new ReadError('stale_freeze', found, { next: 'skip' });
}

/** Stamp of the last freeze of all, if the meter tells. */
async function lastStamps(session: MeterSession, oad: string): Promise<number[]> {
  try {
    return await readStamps(session, { oad, selector: { kind: 9, n: 1 } });
  } catch (error) {
    if (error instanceof ReadError && (error.reason === 'not_supported' || error.reason === 'device_error')) return [];
    throw error;
  }
}

/** Whole local days from the date of one instant to that of another. */
function daysBetween(zone: string, from: number, to: number): number {
  return (Date.parse(dateOf(zone, to)) - Date.parse(dateOf(zone, from))) / DAY_MS;
}
