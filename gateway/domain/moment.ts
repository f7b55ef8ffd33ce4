import { keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';

/**
 * The instant at which the values of a reading were true, UTC ms. A meter with memory answers for the slot itself,
 * however late it is asked; a present value belongs to the moment at which it was read, which is at most the task's
 * tolerance after the slot.
 */
export function momentOf(
  model: MeterModel,
  task: Pick<Task, 'kind'>,
  reading: { readonly slot: number; readonly readAt: number },
): number {
  return keepsTask(model, task) ? reading.slot : reading.readAt;
}
