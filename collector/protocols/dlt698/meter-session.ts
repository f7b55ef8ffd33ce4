import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Dlt698Profile } from '../../profiles/dlt698-profile.ts';
import type { ClockBook } from '../dlt645/meter-clock.ts';
import { plausible } from '../dlt645/plausibility.ts';
import { withoutImplausible } from '../implausible.ts';
import type { Answer } from '../meter-reader.ts';
import type { Missing } from '../missing.ts';
import type { OadSource } from './client.ts';

/** One meter while it is being read. */
export interface MeterSession {
  readonly source: OadSource;
  readonly clock: Clock;
  /** Time zone of the meter's clock. */
  readonly zone: string;
  /** Id in the plan, and address on the line. */
  readonly meter: string;
  readonly address: string;
  readonly profile: Dlt698Profile;
  readonly model: MeterModel;
  /** Of the line, shared by all its sessions. */
  readonly clockBook: ClockBook;
  /** What meters lack: an OAD, or of a record its OAD, a dot and the column's. */
  readonly missing: Missing;
}

export function isNotSupported(error: unknown): error is ReadError {
  return error instanceof ReadError && error.reason === 'not_supported';
}

/** Items of the task that the model measures at all. */
export function wantedItems({ profile }: MeterSession, task: Task): QuantityName[] {
  return task.items.filter((item) => profile.quantities.includes(item));
}

/**
 * The answer with the values that the task wants and the model has, in the task's order, taken now; one that cannot be
 * is dropped. Throws ReadError `implausible` as `withoutImplausible` says, `not_supported` when there is none.
 */
export function answerWith(
  session: MeterSession,
  task: Task,
  values: ReadonlyMap<QuantityName, number | null>,
  meterTime: number | null,
): Answer {
  const taken = new Map<QuantityName, number | null | ReadError>();
  for (const item of wantedItems(session, task)) {
    const value = values.get(item);
    if (value === undefined) continue;
    taken.set(item, value === null ? null : plausible(item, value, session.model));
  }
  if (taken.size === 0) throw nothingWanted();
  return { meterTime, readAt: session.clock.now(), ...withoutImplausible(taken), events: [] };
}

export function nothingWanted(): ReadError {
  return new ReadError('not_supported', 'the meter has none of the wanted items', { next: 'skip' });
}
