import type { EventRow } from '#contract/envelope.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { ReadError } from '../lines/read-error.ts';

/** What one due read brought. */
export interface Answer {
  /** The meter's own time stamp of the values, UTC ms; null when it gave none. */
  readonly meterTime: number | null;
  /** When the last reply was complete, UTC ms. */
  readonly readAt: number;
  /** In the task's order, only quantities that the meter has; null = it has the item but no value (all FF). */
  readonly values: ReadonlyMap<QuantityName, number | null>;
  /**
   * What was read but cannot be, and stands as null among the values: `voltage_a_v 660.1`. Or was read once and not
   * again, with both values and the one that was taken: `energy_import_wh 1234560 / 1234660, two of three reads say
   * 1234560`. Absent when there is none.
   */
  readonly dropped?: readonly string[];
  readonly events: readonly EventRow[];
}

/** Reads meters of one protocol over one line. Both calls reject with a ReadError. */
export interface MeterReader {
  /** One cheap request that any meter of the model answers, to see whether it is back. */
  probe(meter: PlanMeter): Promise<void>;
  /** Everything one due read needs, request after request. */
  read(meter: PlanMeter, task: Task, slot: number): Promise<Answer>;
  /**
   * Several stored points of one task at once, where the meter's memory can be asked so: for each slot its answer, or
   * why it has none. A slot that is missing in the result was not asked. Rejects when the first slot failed and nothing
   * was found.
   */
  readMany?(meter: PlanMeter, task: Task, slots: readonly number[]): Promise<ReadonlyMap<number, Answer | ReadError>>;
}
