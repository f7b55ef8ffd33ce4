import type { DropKind } from '#contract/status.ts';
import type { TaskKind } from '#contract/tasks.ts';

/** What kind of task an id stands for, or null when no plan knows it. */
export type KindOfTask = (task: string) => TaskKind | null;

const CURVES: ReadonlySet<TaskKind> = new Set(['profile', 'instant']);

/**
 * Which kind a record is of when something has to be given up. What was read on demand counts as a present value: who
 * asked has stopped waiting. A reading of a task that is not known is taken for a freeze, which goes last.
 */
export function dropKindOf(
  { stream, task, job }: { readonly stream: string; readonly task: string; readonly job: string | null },
  kindOf: KindOfTask,
): DropKind {
  if (stream === 'outcome' || stream === 'event') return stream;
  const kind = kindOf(task);
  return job !== null || (kind !== null && CURVES.has(kind)) ? 'curve' : 'freeze';
}
