import { delayMsOf } from '#contract/due.ts';
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
}

/**
 * Times of one slot. A `firstPassUntil` that lies before the slot on its own day cannot end a pass that has not begun:
 * then the whole day is the first pass.
 */
export function slotTimes(task: Pick<Task, 'firstPassUntil'>, zone: string, slot: number): SlotTimes {
  const date = dateOf(zone, slot);
  const dayEnd = instantOf(zone, addDays(date, 1));
  const until = instantOf(zone, date, secondsOf(task.firstPassUntil));
  return {
    slot,
    firstPassEnd: until > slot ? Math.min(until, dayEnd - 1) : dayEnd - 1,
    dayEnd,
  };
}

export function passOf(times: SlotTimes, readAt: number): Pass {
  if (readAt <= times.firstPassEnd) return 'first';
  return readAt < times.dayEnd ? 'retry' : 'late';
}

/**
 * Time after a slot by which something should have been heard of it, ms: it was to be read as soon as it was due, and
 * has had its tolerance. A model that is not in the catalogue counts as one without memory.
 */
export function expectedWithinMs(
  model: MeterModel | undefined,
  task: Pick<Task, 'kind' | 'delayS' | 'toleranceS'>,
): number {
  return (model ? delayMsOf(model, task) : 0) + task.toleranceS * 1000;
}
