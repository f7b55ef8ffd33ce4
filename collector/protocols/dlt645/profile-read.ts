import type { Task } from '#contract/tasks.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { readFreeze } from './freeze-read.ts';
import { type LoadRecord, parseLoadProfile } from './load-profile.ts';
import { answerWith, isNotSupported, knownData, type MeterSession } from './meter-session.ts';
import { stampBytes, stampText } from './meter-time.ts';

const HOUR_S = 3600;

/** How often meters usually write a record. Of slots further apart, what lies between would come along for nothing. */
const RECORD_EVERY_S = 900;

/**
 * The load profile record of one slot; of a meter without a load profile the hourly freeze, when the slots are whole
 * hours. Rejects with ReadError: those that `settleProfiles`
 * maps or rejects with.
 */
export async function readProfile(session: MeterSession, task: Task, slot: number): Promise<Answer> {
  const settled = (await settleProfiles(session, task, [slot])).get(slot);
  if (settled instanceof ReadError) throw settled;
  if (!settled) throw new Error('BUG: a profile request settles its first slot');
  return settled;
}

/**
 * Load profile records of `slots` in any order, with as few requests as the meter allows: for each slot its answer or
 * why it has none. What the meter does not support ends the group, as does a request that fails after others went well;
 * the slots behind are missing. Slots further apart than records and hourly freezes come one
 * at a time: then only the first of `slots` is read. A reply that cannot be parsed must not cost the sound records around it, so when that
 * is the first one only the first of `slots` is read, by itself. Rejects with ReadError: those of `settleProfiles` for
 * the first request.
 */
export async function readProfileSlots(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer | ReadError>> {
  if (!comeTogether(session, task)) return settleProfiles(session, task, slots.slice(0, 1));
  const settled = new Map<number, Answer | ReadError>();
  let open = slots.toSorted((a, b) => a - b);
  try {
    while (open.length > 0 && comeTogether(session, task) && ![...settled.values()].some(isNotSupported)) {
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

/** True when one request may bring several slots of the task. */
function comeTogether({ meter, missing, profile }: MeterSession, { calendar }: Task): boolean {
  return 'everyS' in calendar && calendar.everyS <= RECORD_EVERY_S && !missing.has(meter, profile.loadProfile.di);
}

/**
 * Load profile records of ascending `slots`, with one request that begins at the first of them and asks for as many
 * records as there are slots, up to the model's limit. The map holds the slots that the reply settles, always the
 * first among them: an answer, or why the meter has none (`stale_freeze`, `not_supported`, `implausible`). Ask again
 * for the slots that are not in it. Rejects with ReadError `malformed`, `device_error`, and the line's.
 */
async function settleProfiles(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer | ReadError>> {
  const { profile, meter, missing, profiled, zone } = session;
  const { di, recordsPerRequest } = profile.loadProfile;
  const asked = slots.slice(0, recordsPerRequest);
  const [first] = asked;
  if (first === undefined) return new Map();
  if (missing.has(meter, di)) return withoutProfile(session, task, slots);
  let records: LoadRecord[];
  try {
    const extra = Uint8Array.of(asked.length, ...stampBytes(first, zone));
    records = parseLoadProfile(await session.source.readData(session.address, di, extra), zone);
    profiled.add(meter);
  } catch (error) {
    if (!isNotSupported(error)) throw error;
    if (await hasProfile(session)) return new Map([[first, error]]);
    missing.add(meter, di, error.detail);
    return withoutProfile(session, task, slots);
  }
  const reached = Math.max(first, ...records.map((record) => record.time ?? first));
  const settled = asked.filter((slot) => slot <= reached);
  return new Map(settled.map((slot) => [slot, settle(session, task, slot, records)]));
}

/**
 * Some meters answer a moment that they have no record of as if they had no load profile. One that has shown a record,
 * or knows the identifier of its latest, has one.
 */
async function hasProfile(session: MeterSession): Promise<boolean> {
  const { profiled, meter, profile } = session;
  if (!profiled.has(meter) && (await knownData(session, profile.loadProfile.latestDi)) === null) return false;
  profiled.add(meter);
  return true;
}

/**
 * The hourly freeze in place of the first slot's load profile record, or why there is none; slots that are no whole
 * hours have nothing to come from, none of them. Rejects as the line does.
 */
async function withoutProfile(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer | ReadError>> {
  const { calendar } = task;
  const isHourly = 'everyS' in calendar && calendar.everyS % HOUR_S === 0;
  if (!isHourly) {
    const nothing = new ReadError('not_supported', 'the meter has no load profile', { next: 'skip' });
    return new Map(slots.map((slot) => [slot, nothing]));
  }
  const [first = 0] = slots;
  return new Map([[first, await hourlyFreeze(session, task, first)]]);
}

async function hourlyFreeze(session: MeterSession, task: Task, slot: number): Promise<Answer | ReadError> {
  try {
    return await readFreeze(session, session.profile.hourly, task, slot);
  } catch (error) {
    if (error instanceof ReadError && error.next === 'skip') return error;
    throw error;
  }
}

function settle(session: MeterSession, task: Task, slot: number, records: readonly LoadRecord[]): Answer | ReadError {
  const record = records.find(({ time }) => time === slot);
  if (!record) return new ReadError('stale_freeze', found(records, slot, session.zone), { next: 'skip' });
  try {
    return answerWith(session, task, record.values, slot);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    if (error.reason !== 'not_supported' || record.unknown.length === 0) return error;
    return new ReadError('not_supported', record.unknown.join(', '), { next: 'skip', cause: error });
  }
}

/** What came instead of the slot's record: the one behind it, as the only slot asked for would have brought. */
function found(records: readonly LoadRecord[], slot: number, zone: string): string {
  const time = (records.find((record) => (record.time ?? 0) > slot) ?? records[0])?.time ?? null;
  return time === null ? 'no record' : `record of ${stampText(time, zone)}`;
}
