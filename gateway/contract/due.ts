import { slotAt, slotsBetween } from './calendar.ts';
import type { MeterModel } from './models.ts';
import type { Task } from './tasks.ts';
import { addDays, dateOf, instantOf } from './zone.ts';

/** When a meter hangs on the wire and since when it is collected; instants in UTC ms. */
export interface Installed {
  readonly installedAt: number;
  /** Instant of removal, or null while the meter is in place. */
  readonly removedAt: number | null;
  /** Instant at which the meter was first planned for collection. */
  readonly collectedFrom: number;
}

/** True when the model can give the task at all; an event task needs a meter that records events. */
export function givesTask(model: MeterModel, task: Pick<Task, 'kind'>): boolean {
  return task.kind !== 'event' || model.keepsDays.event !== undefined;
}

/** True when the meter's own memory can be asked for a past slot of the task. */
export function keepsTask(model: MeterModel, task: Pick<Task, 'kind'>): boolean {
  return task.kind !== 'event' && model.keepsDays[task.kind] !== undefined;
}

/** The least time a line gets to read a present value before its tolerance ends, ms. */
const ROOM_MS = 30_000;

/**
 * The earliest slot that can be asked for: `backfillDays` before collection began where the meter remembers, else the
 * moment collection began, or the slot just past if its tolerance still leaves room. Earlier slots of an installed
 * meter are `excluded_new`.
 */
export function firstSlot(meter: Installed, model: MeterModel, task: Task, zone: string): number {
  if (!keepsTask(model, task)) {
    const past = slotAt(task.calendar, zone, meter.collectedFrom);
    return meter.collectedFrom + ROOM_MS <= past + task.toleranceS * 1000 ? past : meter.collectedFrom;
  }
  const days = Math.min(task.backfillDays, model.keepsDays[task.kind] ?? 0);
  return instantOf(zone, addDays(dateOf(zone, meter.collectedFrom), -days));
}

export type DueState = 'due' | 'excluded_new' | 'not_installed';

/** Whether (meter, task, slot) is owed an answer. */
export function dueState(meter: Installed, model: MeterModel, task: Task, zone: string, slot: number): DueState {
  if (slot < meter.installedAt || (meter.removedAt !== null && slot >= meter.removedAt)) return 'not_installed';
  return slot < firstSlot(meter, model, task, zone) ? 'excluded_new' : 'due';
}

/** Due slots of one meter in [from, to), ascending. */
export function dueSlots(
  meter: Installed,
  model: MeterModel,
  task: Task,
  zone: string,
  from: number,
  to: number,
): number[] {
  if (!givesTask(model, task)) return [];
  const start = Math.max(from, meter.installedAt, firstSlot(meter, model, task, zone));
  const end = meter.removedAt === null ? to : Math.min(to, meter.removedAt);
  return slotsBetween(task.calendar, zone, start, end);
}
