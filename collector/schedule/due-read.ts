import type { PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Priority, Task } from '#contract/tasks.ts';
import type { Next } from '#platform/errors.ts';

/** One due moment of one meter that has no answer yet: what a line works on. */
export interface DueRead {
  readonly meter: PlanMeter;
  readonly task: Task;
  /** UTC ms. */
  readonly slot: number;
  readonly priority: Priority;
}

/** What is known of a due read that was tried in vain. */
export interface Attempted {
  readonly attempts: number;
  readonly reason: Reason;
  readonly detail: string;
  readonly lastBytes: string;
  /** UTC ms. */
  readonly at: number;
  /** What the failure asks of the caller; absent = 'retry'. 'skip': the cause is in the meter and will not pass soon. */
  readonly next?: Next;
}

export function dueKey(task: string, meter: string, slot: number): string {
  return `${task} ${meter} ${slot}`;
}
