import { slotAt } from '#contract/calendar.ts';
import { keepsTask } from '#contract/due.ts';
import { AT_ONE_LOOK } from '#contract/job.ts';
import { modelsWith } from '#contract/models.ts';
import { isQuantity, QUANTITY_NAMES, type QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { instantOf, isDate, isoLocal, secondsOf } from '#contract/zone.ts';
import { listOf, UsageError } from '#platform/cli/usage.ts';
import type { Target } from './target.ts';

/** What is asked of a meter, and for which slot. */
export interface Wanted {
  readonly task: Task;
  /** UTC ms; null for present values. */
  readonly slot: number | null;
}

interface WantedOptions {
  readonly items?: string;
  readonly task?: string;
  readonly slot?: string;
}

/** The read that the options ask for: a task at a slot, or present values. Throws UsageError. */
export function wantedOf(options: WantedOptions, target: Target, now: number): Wanted {
  const items = options.items === undefined ? undefined : quantitiesOf(options.items);
  if (options.task === undefined) {
    if (options.slot !== undefined) throw new UsageError('cannot use --slot without --task: present values have none');
    return { task: presentTask(items ?? AT_ONE_LOOK), slot: null };
  }
  const { tasks, zone, meter, profiles } = target;
  const known = tasks.find(({ id }) => id === options.task);
  if (known === undefined) {
    throw new UsageError(`cannot find task ${options.task}: there are ${tasks.map(({ id }) => id).join(', ')}`);
  }
  const task = items === undefined ? known : { ...known, items };
  const model = modelsWith(profiles)(meter.model);
  if (model && keepsTask(model, task)) return { task, slot: slotOf(task, options.slot, zone, now) };
  if (options.slot !== undefined) {
    throw new UsageError(`cannot use --slot: a ${meter.model} keeps no record of past slots of task ${task.id}`);
  }
  return { task, slot: null };
}

/** Quantities in a list written with commas. Throws UsageError. */
export function quantitiesOf(text: string): QuantityName[] {
  return listOf('--items', text).map((name) => {
    if (isQuantity(name)) return name;
    throw new UsageError(`cannot use item ${name}: did you mean ${nearest(name).join(', ')}?`);
  });
}

/** The quantities whose names share most pairs of letters with a misspelt one. */
function nearest(name: string): QuantityName[] {
  const pairsOf = (text: string): string[] => Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2));
  const pairs = new Set(pairsOf(name.toLowerCase()));
  const likeness = (known: string): number => {
    const own = pairsOf(known);
    return own.filter((pair) => pairs.has(pair)).length / (own.length + pairs.size);
  };
  return QUANTITY_NAMES.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, 3);
}

/** A task that exists for one read only. */
export function presentTask(items: readonly QuantityName[]): Task {
  return {
    id: 'present',
    kind: 'instant',
    calendar: { everyS: 900 },
    items: [...items],
    delayS: 0,
    backfillDays: 0,
    repairDays: 0,
    toleranceS: 900,
    retryAt: [],
    firstPassUntil: '23:59',
  };
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::00)?)?$/;

function slotOf(task: Task, text: string | undefined, zone: string, now: number): number {
  if (text === undefined) return slotAt(task.calendar, zone, now - task.delayS * 1000);
  const [, date, time = '00:00'] = MOMENT.exec(text) ?? [];
  if (date === undefined || !isDate(date) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) {
    throw new UsageError(`cannot use --slot ${text}: local time is wanted, such as 2026-11-20 or "2026-11-20 10:15"`);
  }
  const at = instantOf(zone, date, secondsOf(time));
  const slot = slotAt(task.calendar, zone, at);
  if (slot !== at) {
    throw new UsageError(
      `cannot use --slot ${text}: task ${task.id} has none there; the one before is ${isoLocal(zone, slot).slice(0, 16).replace('T', ' ')}`,
    );
  }
  if (slot > now) throw new UsageError(`cannot use --slot ${text}: it has not come yet`);
  return slot;
}
