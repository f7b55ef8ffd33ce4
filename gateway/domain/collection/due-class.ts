import { firstSlot, givesTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Exclusion } from '#contract/reasons.ts';
import type { Account, Area, Installation, Line, Meter } from '#contract/registry.ts';
import { isFor } from '#contract/task-selection.ts';
import type { Task } from '#contract/tasks.ts';
import type { ExclusionBook } from './exclusions.ts';

/**
 * Whether a (meter, task, slot) is owed an answer. `not_due`: the model cannot give the task, or the task is for other
 * customers; `not_installed`: no installation covers the slot; an exclusion: due, but not counted (剔除).
 */
export type DueClass = 'due' | 'not_due' | 'not_installed' | Exclusion;

/** What the classification asks of the registry. */
export interface DueRegistry {
  modelOf(meter: Meter): MeterModel | undefined;
  installationsOf(meter: string): readonly Installation[];
  account(no: string): Account | undefined;
  area(id: string): Area | undefined;
  line(id: string): Line | undefined;
}

/** True when a slot of a meter lies in a confirmed outage. */
export type OutagePredicate = (meter: string, slot: number) => boolean;

/** What is known beside the registry; left out, nothing is excluded by it. */
export interface DueOptions {
  readonly inOutage?: OutagePredicate | undefined;
  /** 人工剔除: `exclusionBook` of the exclusions that the state store holds. */
  readonly exclusions?: ExclusionBook | undefined;
}

interface Stay {
  readonly from: number;
  readonly to: number;
  /** The task is for the account served. */
  readonly isDue: boolean;
  /** What takes the meter out of the count, and since when, UTC ms. */
  readonly closed: boolean;
  readonly stoppedFrom: number;
  /** 人工剔除 of the meter where it hung then; null when there is none. */
  readonly excluded: ((slot: number) => boolean) | null;
}

/**
 * Classifier of the slots of one meter and task. What does not depend on the slot is worked out once, so classifying
 * is a few comparisons a slot. Follows `dueState` of the contract, then excludes; where several reasons hold, the
 * first of this order is named:
 *
 * 1. `excluded_new`: nothing so old can be read from the meter.
 * 2. `excluded_closed`: the account is closed (its status is that of today: the registry keeps no history of it).
 * 3. `excluded_stopped`: the area in which the meter was then is stopped or removed since before the slot, or at it.
 * 4. `excluded_manual`: somebody entitled to it excluded the meter, the area in which it was then, its line or concentrator.
 * 5. `excluded_outage`: last, because it alone depends on what came: a value that was read all the same counts.
 *
 * A model that is no longer in the catalogue counts as one without memory: the meter stays visible instead of leaving
 * the denominator silently.
 */
export function dueClassifier(
  registry: DueRegistry,
  meter: Meter,
  task: Task,
  zone: string,
  options: DueOptions = {},
): (slot: number) => DueClass {
  const { inOutage, exclusions } = options;
  const model = registry.modelOf(meter);
  if (model ? !givesTask(model, task) : task.kind === 'event') return () => 'not_due';
  const stays = registry
    .installationsOf(meter.id)
    .map((installation) => stayOf(registry, meter, task, installation, exclusions));
  const [oldest] = stays;
  if (!oldest) return () => 'not_installed';
  if (!stays.some(({ isDue }) => isDue)) return () => 'not_due';
  const installed = { installedAt: oldest.from, removedAt: null, collectedFrom: meter.collectedFrom };
  const first = model ? firstSlot(installed, model, task, zone) : meter.collectedFrom;
  return (slot) => {
    const stay = stays.find(({ from, to }) => from <= slot && slot < to);
    if (!stay) return 'not_installed';
    if (!stay.isDue) return 'not_due';
    if (slot < first) return 'excluded_new';
    if (stay.closed) return 'excluded_closed';
    if (slot >= stay.stoppedFrom) return 'excluded_stopped';
    if (stay.excluded?.(slot)) return 'excluded_manual';
    return inOutage?.(meter.id, slot) ? 'excluded_outage' : 'due';
  };
}

function stayOf(
  registry: DueRegistry,
  meter: Meter,
  task: Task,
  { from, to, account, area }: Installation,
  exclusions: ExclusionBook | undefined,
): Stay {
  const { status = 'running', statusSince } = registry.area(area ?? meter.area) ?? {};
  const served = account === null ? undefined : registry.account(account);
  return {
    from,
    to: to ?? Number.POSITIVE_INFINITY,
    isDue: isFor(task, served),
    closed: served?.status === 'closed',
    excluded:
      exclusions?.of(
        { id: meter.id, line: meter.line, area: area ?? meter.area },
        registry.line(meter.line)?.concentrator ?? null,
      ) ?? null,
    stoppedFrom: status === 'running' ? Number.POSITIVE_INFINITY : (statusSince ?? Number.NEGATIVE_INFINITY),
  };
}
