import { slotsBetween } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { finestFirst, finestTask } from '#domain/task-choice.ts';

/** The tasks that read curves, finest first. */
export function curveTasks(index: RegistryIndex): readonly Task[] {
  return finestFirst(index.registry.tasks, 'profile');
}

/** The task by which the curve of a meter is judged at a slot: of those that it has, the finest; null when it has none. */
export function curveTaskOf(index: RegistryIndex, meter: string, slot: number): Task | null {
  return finestTask(index, 'profile', meter, slot);
}

/** The slots in [from, to), UTC ms, at which the curve of a meter is judged, by the task that reads them. */
export function judgedSlots(
  index: RegistryIndex,
  meter: string,
  from: number,
  to: number,
): { readonly task: Task; readonly slots: readonly number[] }[] {
  const zone = index.registry.timeZone;
  const isOne = curveTasks(index).every((task) => task.for === undefined);
  if (isOne) {
    const task = curveTaskOf(index, meter, from);
    return task ? [{ task, slots: slotsBetween(task.calendar, zone, from, to) }] : [];
  }
  return curveTasks(index).flatMap((task) => {
    const all = slotsBetween(task.calendar, zone, from, to);
    const slots = all.filter((slot) => curveTaskOf(index, meter, slot) === task);
    return slots.length > 0 ? [{ task, slots }] : [];
  });
}
