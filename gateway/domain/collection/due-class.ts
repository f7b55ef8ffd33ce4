import { firstSlot, givesTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Exclusion } from '#contract/reasons.ts';
import type { Account, Installation, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';

/**
 * Whether a (meter, task, slot) is owed an answer. `not_due`: the model cannot give the task; `not_installed`: no
 * installation covers the slot; an exclusion: due, but not counted (剔除).
 */
export type DueClass = 'due' | 'not_due' | 'not_installed' | Exclusion;

/** What the classification asks of the registry. */
export interface DueRegistry {
  modelOf(meter: Meter): MeterModel | undefined;
  installationsOf(meter: string): readonly Installation[];
  account(no: string): Account | undefined;
}

/** True when a slot of a meter lies in a confirmed outage. */
export type OutagePredicate = (meter: string, slot: number) => boolean;

/**
 * Classifier of the slots of one meter and task. What does not depend on the slot is worked out once, so classifying
 * is a few comparisons a slot. Follows `dueState` of the contract and adds, in this order, the account (its status is
 * that of today: the registry keeps no history of it) and the outage predicate. A model that is no longer in the
 * catalogue counts as one without memory: the meter stays visible instead of leaving the denominator silently.
 */
export function dueClassifier(
  registry: DueRegistry,
  meter: Meter,
  task: Task,
  zone: string,
  inOutage?: OutagePredicate,
): (slot: number) => DueClass {
  const model = registry.modelOf(meter);
  if (model ? !givesTask(model, task) : task.kind === 'event') return () => 'not_due';
  const stays = registry.installationsOf(meter.id).map(({ from, to, account }) => ({
    from,
    to: to ?? Number.POSITIVE_INFINITY,
    closed: account !== null && registry.account(account)?.status === 'closed',
  }));
  const [oldest] = stays;
  if (!oldest) return () => 'not_installed';
  const installed = { installedAt: oldest.from, removedAt: null, collectedFrom: meter.collectedFrom };
  const first = model ? firstSlot(installed, model, task, zone) : meter.collectedFrom;
  return (slot) => {
    const stay = stays.find(({ from, to }) => from <= slot && slot < to);
    if (!stay) return 'not_installed';
    if (slot < first) return 'excluded_new';
    if (stay.closed) return 'excluded_closed';
    return inOutage?.(meter.id, slot) ? 'excluded_outage' : 'due';
  };
}
