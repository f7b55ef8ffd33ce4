import type { Task } from '#contract/tasks.ts';
import { ReadError } from '../../lines/read-error.ts';
import { stampText } from '../dlt645/meter-time.ts';
import type { Answer } from '../meter-reader.ts';
import type { RowSelector } from './get-request.ts';
import { stampBytes } from './local-time.ts';
import { answerWith, isNotSupported, type MeterSession, nothingWanted, wantedItems } from './meter-session.ts';
import { FREEZE_TIME } from './oad-items.ts';
import { columnsFor, lacksRecord, type Row, readFreezes, rowBytes, rowValues } from './record-read.ts';

/** The end of a range is not part of it: one second behind the last slot. */
const BEHIND_MS = 1000;

/** The minute freeze of one slot. Rejects with ReadError: those that `settleProfiles` maps or rejects with. */
export async function readProfile(session: MeterSession, task: Task, slot: number): Promise<Answer> {
  const settled = (await settleProfiles(session, task, [slot])).get(slot);
  if (settled instanceof ReadError) throw settled;
  if (!settled) throw new Error('BUG: a profile request settles its first slot');
  return settled;
}

/**
 * Minute freezes of `slots` in any order, with as few requests as the meter allows: for each slot its answer or why it
 * has none. What the meter does not support ends the group, as does a request that fails after others went well; the
 * slots behind are missing. A reply that cannot be parsed must not cost the sound rows around it, so when that is the
 * first one only the first of `slots` is read, by itself. Rejects with ReadError: those of `settleProfiles` for the
 * first request.
 */
export async function readProfileSlots(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer | ReadError>> {
  const settled = new Map<number, Answer | ReadError>();
  let open = slots.toSorted((a, b) => a - b);
  try {
    while (open.length > 0 && ![...settled.values()].some(isNotSupported)) {
      for (const [slot, result] of await settleProfiles(session, task, open)) settled.set(slot, result);
      open = open.filter((slot) => !settled.has(slot));
    }
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    if (settled.size > 0) return settled;
    const [first] = slots;
    if (error.reason !== 'malformed' || first === undefined) throw error;
    settled.set(first, await readProfile(session, task, first));
  }
  return settled;
}

/**
 * Minute freezes of ascending `slots`: one request for as many as an answer may carry, a single one by its time, more by
 * the range that they span. The map holds the slots that the answer settles, always the first among them: an answer,
 * or why the meter has none (`stale_freeze`, `not_supported`, `implausible`, `malformed`). Ask again for the slots that
 * are not in it. Rejects with ReadError `malformed`, `device_error`, and the line's.
 */
async function settleProfiles(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer | ReadError>> {
  const [first] = slots;
  if (first === undefined) return new Map();
  const { profile, zone } = session;
  const { oad } = profile.minuteFreeze;
  const columns = columnsFor(session, oad, profile.minuteFreeze.columns, wantedItems(session, task));
  if (columns.length === 0) return new Map([[first, nothingWanted()]]);
  const stepMs = stepOf(task);
  const most = Math.max(1, Math.floor(profile.limits.replyBytes / rowBytes(columns)));
  // Rows between the slots come along, so a range ends where an answer would become too long.
  const asked = stepMs === null ? [first] : slots.filter((slot) => slot < first + most * stepMs);
  const selector = selectorFor(asked, stepMs, zone);
  let rows: Map<number, Row>;
  try {
    rows = await readFreezes(session, { oad, selector }, columns);
  } catch (error) {
    if (!isNotSupported(error)) throw error;
    return new Map((lacksRecord(session, oad) ? slots : [first]).map((slot) => [slot, error]));
  }
  // A meter may send fewer rows than fit: behind the last one nothing is known, unless there was none at all.
  const reached = rows.size === 0 ? Number.POSITIVE_INFINITY : Math.max(first, ...rows.keys());
  const settled = asked.filter((slot) => slot <= reached);
  return new Map(settled.map((slot) => [slot, settle(session, task, slot, rows)]));
}

function stepOf({ calendar }: Task): number | null {
  return 'everyS' in calendar ? calendar.everyS * 1000 : null;
}

function selectorFor(asked: readonly number[], stepMs: number | null, zone: string): RowSelector {
  const [first = 0] = asked;
  const last = asked.at(-1) ?? first;
  if (first === last) return { kind: 1, oad: FREEZE_TIME, time: stampBytes(first, zone) };
  return {
    kind: 2,
    oad: FREEZE_TIME,
    from: stampBytes(first, zone),
    to: stampBytes(last + BEHIND_MS, zone),
    everyS: stepMs === null ? null : stepMs / 1000,
  };
}

function settle(session: MeterSession, task: Task, slot: number, rows: ReadonlyMap<number, Row>): Answer | ReadError {
  const row = rows.get(slot);
  if (row === undefined) return new ReadError('stale_freeze', found(rows, slot, session.zone), { next: 'skip' });
  try {
    return answerWith(session, task, rowValues(row, session.zone), slot);
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}

/** What came instead of the slot's row: the one behind it, else any. */
function found(rows: ReadonlyMap<number, Row>, slot: number, zone: string): string {
  const stamps = [...rows.keys()].sort((a, b) => a - b);
  const other = stamps.find((stamp) => stamp > slot) ?? stamps[0];
  return other === undefined ? 'no record' : `record of ${stampText(other, zone)}`;
}
