import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Dlt645Profile } from '../../profiles/dlt645-profile.ts';
import { withoutImplausible } from '../implausible.ts';
import type { Answer } from '../meter-reader.ts';
import type { Missing } from '../missing.ts';
import type { DataSource } from './client.ts';
import type { EventBook } from './event-book.ts';
import type { FreezeBook } from './freeze-book.ts';
import type { ClockBook } from './meter-clock.ts';
import { plausible } from './plausibility.ts';

/** One meter while it is being read. */
export interface MeterSession {
  readonly source: DataSource;
  readonly clock: Clock;
  /** Time zone of the meter's clock. */
  readonly zone: string;
  /** Id in the plan, and address on the line. */
  readonly meter: string;
  readonly address: string;
  readonly profile: Dlt645Profile;
  readonly model: MeterModel;
  /** These five belong to the line and are shared by all its sessions. */
  readonly clockBook: ClockBook;
  readonly freezeBook: FreezeBook;
  readonly eventBook: EventBook;
  readonly missing: Missing;
  /** Meters that have shown a load profile record. */
  readonly profiled: Set<string>;
}

/** What it takes to ask one meter for data that it either has or has not. */
export type Asked = Pick<MeterSession, 'source' | 'meter' | 'address' | 'missing'>;

export function isNotSupported(error: unknown): error is ReadError {
  return error instanceof ReadError && error.reason === 'not_supported';
}

/** Data behind an identifier, or null when the meter does not have it (error 02). Rejects as readData otherwise. */
export async function dataOrNone(session: Asked, di: string): Promise<Uint8Array | null> {
  const data = await dataOrRefusal(session, di);
  return data instanceof ReadError ? null : data;
}

/**
 * The same of an identifier that a meter has for good or not at all: once refused it is not asked for again. Not for
 * the n-th last of a series, which may come into being. `item` is what is remembered, when it is more than `di`.
 */
export async function knownData(session: Asked, di: string, item = di): Promise<Uint8Array | null> {
  const { meter, missing } = session;
  if (missing.has(meter, item)) return null;
  const data = await dataOrRefusal(session, di);
  if (!(data instanceof ReadError)) return data;
  missing.add(meter, item, data.detail);
  return null;
}

async function dataOrRefusal({ source, address }: Asked, di: string): Promise<Uint8Array | ReadError> {
  try {
    return await source.readData(address, di);
  } catch (error) {
    if (isNotSupported(error)) return error;
    throw error;
  }
}

/** What it takes to judge the values of one meter. */
export type Measuring = Pick<MeterSession, 'clock' | 'model'> & {
  readonly profile: { readonly quantities: readonly QuantityName[] };
};

/** Items of the task that the model measures at all. */
export function wantedItems({ profile }: Measuring, task: Task): QuantityName[] {
  return task.items.filter((item) => profile.quantities.includes(item));
}

/**
 * The answer with the values that the task wants and the model has, in the task's order, taken now; one that cannot be
 * is dropped. Throws ReadError `implausible` as `withoutImplausible` says, `not_supported` when there is none.
 */
export function answerWith(
  session: Measuring,
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
  if (taken.size === 0)
    throw new ReadError('not_supported', 'the meter has none of the wanted items', { next: 'skip' });
  return { meterTime, readAt: session.clock.now(), ...withoutImplausible(taken), events: [] };
}
