import type { EventRow } from '#contract/envelope.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';

/** What one due read brought. */
export interface Answer {
  /** The meter's own time stamp of the values, UTC ms; null when it gave none. */
  readonly meterTime: number | null;
  /** When the last reply was complete, UTC ms. */
  readonly readAt: number;
  /** In the task's order, only quantities that the meter has; null = it has the item but no value (all FF). */
  readonly values: ReadonlyMap<QuantityName, number | null>;
  readonly events: readonly EventRow[];
}

/** Reads meters of one protocol over one line. Both calls reject with a ReadError. */
export interface MeterReader {
  /** One cheap request that any meter of the model answers, to see whether it is back. */
  probe(meter: PlanMeter): Promise<void>;
  /** Everything one due read needs, request after request. */
  read(meter: PlanMeter, task: Task, slot: number): Promise<Answer>;
  /**
   * Several stored points of one task at once, where the meter's memory can be asked so. Slots that the meter has no
   * record of are missing in the result.
   */
  readMany?(meter: PlanMeter, task: Task, slots: readonly number[]): Promise<ReadonlyMap<number, Answer>>;
}
