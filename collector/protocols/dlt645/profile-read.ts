import type { Task } from '#contract/tasks.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { type LoadRecord, parseLoadProfile } from './load-profile.ts';
import { answerWith, isNotSupported, type MeterSession } from './meter-session.ts';
import { stampBytes, stampText } from './meter-time.ts';

/** The load profile record of one slot. Rejects with ReadError: those that `settleProfiles` maps or rejects with. */
export async function readProfile(session: MeterSession, task: Task, slot: number): Promise<Answer> {
  const settled = (await settleProfiles(session, task, [slot])).get(slot);
  if (settled instanceof ReadError) throw settled;
  if (!settled) throw new Error('BUG: a profile request settles its first slot');
  return settled;
}

/**
 * Load profile records of `slots` in any order, with as few requests as the meter allows. Slots without a usable
 * record are missing. A reply that cannot be parsed must not cost the sound records around it, so then only the first
 * of `slots` is read, by itself. Rejects with ReadError: why the first slot has no answer when none has one, or when it
 * is not for want of a record; and those of `settleProfiles`.
 */
export async function readProfileSlots(
  session: MeterSession,
  task: Task,
  slots: readonly number[],
): Promise<Map<number, Answer>> {
  const [first] = slots;
  if (first === undefined) return new Map();
  const settled = new Map<number, Answer | ReadError>();
  try {
    for (
      let open = slots.toSorted((a, b) => a - b);
      open.length > 0;
      open = open.filter((slot) => !settled.has(slot))
    ) {
      for (const [slot, result] of await settleProfiles(session, task, open)) settled.set(slot, result);
    }
  } catch (error) {
    if (!(error instanceof ReadError && error.reason === 'malformed')) throw error;
    return new Map([[first, await readProfile(session, task, first)]]);
  }
  const answers = new Map<number, Answer>();
  for (const [slot, result] of settled) if (!(result instanceof ReadError)) answers.set(slot, result);
  const failure = settled.get(first);
  if (failure instanceof ReadError && (answers.size === 0 || failure.reason !== 'stale_freeze')) throw failure;
  return answers;
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
  const { di, recordsPerRequest } = session.profile.loadProfile;
  const asked = slots.slice(0, recordsPerRequest);
  const [first] = asked;
  if (first === undefined) return new Map();
  let records: LoadRecord[];
  try {
    const extra = Uint8Array.of(asked.length, ...stampBytes(first, session.zone));
    const data = await session.source.readData(session.address, di, extra);
    records = parseLoadProfile(data, session.zone);
  } catch (error) {
    if (isNotSupported(error)) return new Map([[first, error]]);
    throw error;
  }
  const reached = Math.max(first, ...records.map((record) => record.time ?? first));
  const settled = asked.filter((slot) => slot <= reached);
  return new Map(settled.map((slot) => [slot, settle(session, task, slot, records)]));
}

function settle(session: MeterSession, task: Task, slot: number, records: readonly LoadRecord[]): Answer | ReadError {
  const record = records.find(({ time }) => time === slot);
  if (!record) return new ReadError('stale_freeze', found(records, session.zone), { next: 'skip' });
  try {
    return answerWith(session, task, record.values, slot);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    if (error.reason !== 'not_supported' || record.unknown.length === 0) return error;
    return new ReadError('not_supported', record.unknown.join(', '), { next: 'skip', cause: error });
  }
}

function found(records: readonly LoadRecord[], zone: string): string {
  const time = records[0]?.time ?? null;
  return time === null ? 'no record' : `record of ${stampText(time, zone)}`;
}
