import { meanEveryS } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Account } from '#contract/registry.ts';
import { isFor } from '#contract/task-selection.ts';
import type { Task, TaskKind } from '#contract/tasks.ts';
import type { RegistryIndex } from './registry-index.ts';

/**
 * The task of a kind that stands for the site: the first that is for all meters, else the first there is. With `item`,
 * of those that read it.
 */
export function siteTask(tasks: readonly Task[], kind: TaskKind, item?: QuantityName): Task | undefined {
  const able = tasks.filter((task) => task.kind === kind && (item === undefined || task.items.includes(item)));
  return able.find((task) => task.for === undefined) ?? able[0];
}

/** The finest task of a kind that the meters of an account have; null when they have none, or there is no account. */
export function finestTaskOf(tasks: readonly Task[], kind: TaskKind, account: Account | null): Task | null {
  return finestFirst(tasks, kind).find((task) => isFor(task, account)) ?? null;
}

/** The finest task of a kind that a meter has at an instant, UTC ms. */
export function finestTask(index: RegistryIndex, kind: TaskKind, meter: string, at: number): Task | null {
  const [finest, ...others] = finestFirst(index.registry.tasks, kind);
  // Whom a meter serves is looked up only where it matters.
  if (!finest || finest.for === undefined) return finest ?? null;
  const account = index.accountAt(meter, at);
  return [finest, ...others].find((task) => isFor(task, account)) ?? null;
}

const SORTED = new WeakMap<readonly Task[], Map<TaskKind, readonly Task[]>>();

/** The tasks of a kind, finest first. Asked for at every point of a curve, so each list is sorted once. */
export function finestFirst(tasks: readonly Task[], kind: TaskKind): readonly Task[] {
  const byKind = SORTED.get(tasks) ?? new Map<TaskKind, readonly Task[]>();
  SORTED.set(tasks, byKind);
  const known = byKind.get(kind);
  if (known) return known;
  const of = tasks.filter((task) => task.kind === kind);
  const sorted = of.toSorted((a, b) => meanEveryS(a.calendar) - meanEveryS(b.calendar));
  byKind.set(kind, sorted);
  return sorted;
}
