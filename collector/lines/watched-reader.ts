import type { PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Answer, MeterReader } from '../protocols/meter-reader.ts';
import type { AddressBook } from './address-health.ts';
import { ReadError } from './read-error.ts';

/** The reader itself, with every read put down to its address. */
export function watched(reader: MeterReader, book: AddressBook, clock: Pick<Clock, 'now'>): MeterReader {
  const watch = async <T>(meter: PlanMeter, work: () => Promise<T>): Promise<T> => {
    book.asking(meter);
    try {
      const result = await work();
      book.good(clock.now());
      return result;
    } catch (error) {
      if (error instanceof ReadError) book.failed(error.reason);
      throw error;
    }
  };
  const { readMany } = reader;
  return {
    probe: (meter) => watch(meter, () => askedProbe(reader, meter)),
    read: (meter, task, slot) => watch(meter, () => reader.read(meter, task, slot)),
    ...(readMany && {
      readMany: (
        meter: PlanMeter,
        task: Task,
        slots: readonly number[],
      ): Promise<ReadonlyMap<number, Answer | ReadError>> =>
        watch(meter, () => readMany.call(reader, meter, task, slots)),
    }),
  };
}

/** A sound reply to a probe shows that the meter is there, whatever it says. */
async function askedProbe(reader: MeterReader, meter: PlanMeter): Promise<void> {
  try {
    await reader.probe(meter);
  } catch (error) {
    if (!(error instanceof ReadError && error.answered)) throw error;
  }
}
