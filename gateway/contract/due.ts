import { nextSlot, slotAt, slotsBetween } from './calendar.ts';
import type { MeterModel } from './models.ts';
import { hasTaskAt, type TaskSpan } from './task-selection.ts';
import type { Task } from './tasks.ts';
import { addDays, dateOf, instantOf } from './zone.ts';

/** When a meter hangs on the wire and since when it is collected; instants in UTC ms. */
export interface Installed {
  readonly installedAt: number;
  /** Instant of removal, or null while the meter is in place. */
  readonly removedAt: number | null;
  /** Instant at which the meter was first planned for collection. */
  readonly collectedFrom: number;
  /** When it has the tasks that are not for all meters; none of them when left out. */
  readonly selected?: readonly TaskSpan[];
}

/** True when the model can give the task at all; an event task needs a meter that records events. */
export function givesTask(model: MeterModel, task: Pick<Task, 'kind'>): boolean {
  return task.kind !== 'event' || model.keepsDays.event !== undefined;
}

/** True when the meter's own memory can be asked for a past slot of the task. */
export function keepsTask(model: MeterModel, task: Pick<Task, 'kind'>): boolean {
  return task.kind !== 'event' && model.keepsDays[task.kind] !== undefined;
}

/**
 * Wait after a slot before it can be read, ms. The meter needs a moment to write its record; a present value is best
 * taken at the slot itself.
 */
export function delayMsOf(model: MeterModel, task: Pick<Task, 'kind' | 'delayS'>): number {
  return keepsTask(model, task) ? task.delayS * 1000 : 0;
}

/**
 * Instant from which on a missing slot cannot be answered any more, UTC ms. Where the meter remembers: the end of the
 * local day `repairDays` after the slot's own, or of its memory. Else the tolerance after the slot, but not beyond the
 * next slot: one present value must not be written down under two names.
 */
export function closesAt(model: MeterModel, task: Task, zone: string, slot: number): number {
  if (!keepsTask(model, task)) return Math.min(slot + task.toleranceS * 1000, nextSlot(task.calendar, zone, slot));
  return instantOf(zone, addDays(dateOf(zone, slot), repairDaysOf(model, task) + 1));
}

/** Local days after a slot's own for which the meter's memory is asked for it; 0 where it does not remember. */
export function repairDaysOf(model: MeterModel, task: Pick<Task, 'kind' | 'repairDays'>): number {
  return keepsTask(model, task) ? Math.min(task.repairDays, model.keepsDays[task.kind] ?? 0) : 0;
}

/** The least time a line gets to read a present value before its tolerance ends, ms. */
const ROOM_MS = 30_000;

/**
 * The earliest slot that can be asked for: `backfillDays` before collection began where the meter remembers and its
 * repair is not over, else the moment collection began, or the slot just past if its tolerance still leaves room.
 * Earlier slots of an installed meter are `excluded_new`.
 */
export function firstSlot(meter: Installed, model: MeterModel, task: Task, zone: string): number {
  if (!keepsTask(model, task)) {
    const past = slotAt(task.calendar, zone, meter.collectedFrom);
    return meter.collectedFrom + ROOM_MS <= closesAt(model, task, zone, past) ? past : meter.collectedFrom;
  }
  const days = Math.min(task.backfillDays, repairDaysOf(model, task));
  return instantOf(zone, addDays(dateOf(zone, meter.collectedFrom), -days));
}

export type DueState = 'due' | 'not_due' | 'excluded_new' | 'not_installed';

/** Whether (meter, task, slot) is owed an answer; `not_due`: the task is for others. */
export function dueState(meter: Installed, model: MeterModel, task: Task, zone: string, slot: number): DueState {
  if (slot < meter.installedAt || (meter.removedAt !== null && slot >= meter.removedAt)) return 'not_installed';
  if (!hasTaskAt(meter, task, slot)) return 'not_due';
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
  const slots = slotsBetween(task.calendar, zone, start, end);
  return task.for === undefined ? slots : slots.filter((slot) => hasTaskAt(meter, task, slot));
}
