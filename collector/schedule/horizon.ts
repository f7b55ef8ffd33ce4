import { nextSlot } from '#contract/calendar.ts';
import { keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, secondsOf } from '#contract/zone.ts';

/** A slot that is older than this is left to the centre, unless it may still be fetched: it knows when the collector was away. */
const LONGEST_REPORT_DAYS = 7;

/** Local days back for which a slot of the task that was given up is still told. */
export function reportDays(model: MeterModel, task: Task): number {
  return keepsTask(model, task) ? longestReportDays([task]) : LONGEST_REPORT_DAYS;
}

/** Local days back for which it must be known what is settled. */
export function longestReportDays(tasks: readonly Task[]): number {
  return Math.max(LONGEST_REPORT_DAYS, ...tasks.map(({ repairDays }) => repairDays + 1));
}

/**
 * Instant from which on a slot will not be tried any more, UTC ms. A meter without memory can only be read near the
 * slot, and before the next slot is due: one present value must not be written down under two names.
 */
export function deadlineOf(model: MeterModel, task: Task, zone: string, slot: number): number {
  if (!keepsTask(model, task)) {
    return Math.min(slot + task.toleranceS * 1000, nextSlot(task.calendar, zone, slot) + task.delayS * 1000);
  }
  return instantOf(zone, addDays(dateOf(zone, slot), task.repairDays + 1));
}

/** Pause before a failed read of a task without retry passes is tried again, ms. */
const USUAL_RETRY_MS = 900_000;

/** Retry passes come hourly after the last named one. */
const HOURLY_S = 3600;

/**
 * When a read that failed at `at` is tried again: at the next retry pass of the task, or a quarter of an hour later.
 * A meter that answers again is tried at once, whatever this says.
 */
export function nextTry(task: Task, zone: string, at: number): number {
  if (task.retryAt.length === 0) return at + USUAL_RETRY_MS;
  const date = dateOf(zone, at);
  const passes = task.retryAt.map(secondsOf).sort((a, b) => a - b);
  for (let next = (passes.at(-1) ?? 0) + HOURLY_S; next < 86_400; next += HOURLY_S) passes.push(next);
  for (const seconds of passes) {
    const pass = instantOf(zone, date, seconds);
    if (pass > at) return pass;
  }
  return instantOf(zone, addDays(date, 1), passes[0] ?? 0);
}
