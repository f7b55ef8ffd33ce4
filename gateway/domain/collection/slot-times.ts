import { keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, secondsOf } from '#contract/zone.ts';

/** 一次 / 补抄 / 迟到: in which pass a slot was answered. */
export const PASSES = ['first', 'retry', 'late'] as const;
export type Pass = (typeof PASSES)[number];

/** The instants that decide how an answer to a slot counts, UTC ms. */
export interface SlotTimes {
  readonly slot: number;
  /** An answer read up to and including this instant belongs to the first pass. */
  readonly firstPassEnd: number;
  /** An answer read from here on is late: the slot's local day is over. */
  readonly dayEnd: number;
  /** By then something should have been heard of the slot: it was to be read at once, and has had its tolerance. */
  readonly expectedBy: number;
}

/**
 * Times of one slot. A `firstPassUntil` that lies before the slot on its own day cannot end a pass that has not begun:
 * then the whole day is the first pass.
 */
export function slotTimes(
  task: Pick<Task, 'firstPassUntil' | 'delayS' | 'toleranceS'>,
  zone: string,
  slot: number,
): SlotTimes {
  const date = dateOf(zone, slot);
  const dayEnd = instantOf(zone, addDays(date, 1));
  const until = instantOf(zone, date, secondsOf(task.firstPassUntil));
  return {
    slot,
    firstPassEnd: until > slot ? Math.min(until, dayEnd - 1) : dayEnd - 1,
    dayEnd,
    expectedBy: slot + (task.delayS + task.toleranceS) * 1000,
  };
}

export function passOf(times: SlotTimes, readAt: number): Pass {
  if (readAt <= times.firstPassEnd) return 'first';
  return readAt < times.dayEnd ? 'retry' : 'late';
}

/**
 * The last moment at which a missing slot can still be answered, UTC ms: where the meter remembers, the end of the
 * local day `repairDays` after the slot's own (or of its memory); else the tolerance after the slot.
 */
export function slotClosesAt(model: MeterModel, task: Task, zone: string, slot: number): number {
  if (!keepsTask(model, task)) return slot + task.toleranceS * 1000;
  const days = Math.min(task.repairDays, model.keepsDays[task.kind] ?? 0);
  return instantOf(zone, addDays(dateOf(zone, slot), days + 1));
}
