import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { ACCOUNT_CATEGORIES, ACCOUNT_PRIORITIES, type Account, type Installation } from './registry.ts';

/**
 * The customers that a task is for. An account is meant when its category is one of `categories` or its priority one of
 * `priorities`: whoever is named by either. At least one of the lists is there, and none is empty.
 */
export const TaskSelection = Type.Object(
  {
    categories: Type.Optional(Type.Array(Type.Enum([...ACCOUNT_CATEGORIES]), { minItems: 1 })),
    priorities: Type.Optional(Type.Array(Type.Enum([...ACCOUNT_PRIORITIES]), { minItems: 1 })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type TaskSelection = Static<typeof TaskSelection>;

/** A time in which a meter has a task that is not for all meters; instants in UTC ms, `to` not included, null = for good. */
export const TaskSpan = Type.Object(
  { task: Id, from: Type.Integer(), to: Type.Union([Type.Integer(), Type.Null()]) },
  { additionalProperties: false },
);
export type TaskSpan = Static<typeof TaskSpan>;

/** What a task says of whom it is for. */
export interface Selecting {
  readonly id: string;
  readonly for?: TaskSelection;
}

/** True when the task is for a meter that serves this account; one that serves none has only the tasks for all. */
export function isFor(task: Selecting, account: Pick<Account, 'category' | 'priority'> | null | undefined): boolean {
  if (task.for === undefined) return true;
  if (!account) return false;
  const { categories = [], priorities = [] } = task.for;
  return categories.includes(account.category) || priorities.includes(account.priority);
}

/** True when the meter has the task at some time. */
export function hasTask(meter: { readonly selected?: readonly TaskSpan[] }, task: Selecting): boolean {
  return task.for === undefined || (meter.selected ?? []).some((span) => span.task === task.id);
}

/** True when the meter has the task at a slot, UTC ms. */
export function hasTaskAt(meter: { readonly selected?: readonly TaskSpan[] }, task: Selecting, slot: number): boolean {
  if (task.for === undefined) return true;
  return (meter.selected ?? []).some(
    (span) => span.task === task.id && span.from <= slot && (span.to === null || slot < span.to),
  );
}

/**
 * When a meter has the tasks that are not for all, by the accounts it served; stays that follow each other are one span.
 * In the order of the tasks, then of time. The category and priority of an account are those of today: the registry
 * keeps no history of them.
 */
export function spansOf(
  tasks: readonly Selecting[],
  installations: readonly Pick<Installation, 'account' | 'from' | 'to'>[],
  accountOf: (no: string) => Pick<Account, 'category' | 'priority'> | undefined,
): TaskSpan[] {
  const byStart = installations.toSorted((a, b) => a.from - b.from);
  const spans: TaskSpan[] = [];
  for (const task of tasks) {
    if (task.for === undefined) continue;
    for (const { account, from, to } of byStart) {
      if (account === null || !isFor(task, accountOf(account))) continue;
      const before = spans.at(-1);
      if (before?.task === task.id && before.to === from) before.to = to;
      else spans.push({ task: task.id, from, to });
    }
  }
  return spans;
}
