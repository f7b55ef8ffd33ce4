import { nextSlot } from '#contract/calendar.ts';
import { closesAt, delayMsOf, keepsTask, repairDaysOf } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, secondsOf } from '#contract/zone.ts';
import type { Attempted } from './due-read.ts';

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

/** Instants from `from` up to, not including, `to`; UTC ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the slots lie that can be read at `now`; the first of them may have closed already. */
export function readable(model: MeterModel, task: Task, zone: string, now: number): Span {
  const to = now - delayMsOf(model, task) + 1;
  if (!keepsTask(model, task)) return { from: now - task.toleranceS * 1000, to };
  return { from: instantOf(zone, addDays(dateOf(zone, now), -repairDaysOf(model, task))), to };
}

/**
 * Where the slots lie that closed after `since` and until `now`; the first of them may have closed before, the last
 * may still be open. `since` = 0: nothing was given up yet.
 */
export function closed(model: MeterModel, task: Task, zone: string, since: number, now: number): Span {
  const today = dateOf(zone, now);
  const days = repairDaysOf(model, task);
  const bound = instantOf(zone, addDays(today, -reportDays(model, task)));
  const to = keepsTask(model, task) ? instantOf(zone, addDays(today, -days)) : now;
  // The clock was set back: what lies between may close now for the first time.
  if (since === 0 || since > now) return { from: bound, to };
  if (!keepsTask(model, task)) return { from: Math.max(bound, since - task.toleranceS * 1000), to };
  return { from: Math.max(bound, instantOf(zone, addDays(dateOf(zone, since), -days))), to };
}

/** `closesAt` for slots in order: of those of one local day that the meter keeps it is the same. */
export function closings(model: MeterModel, task: Task, zone: string): (slot: number) => number {
  if (!keepsTask(model, task)) return (slot) => closesAt(model, task, zone, slot);
  let day = { from: 0, to: 0, closesAt: 0 };
  return (slot) => {
    if (slot < day.from || slot >= day.to) {
      const date = dateOf(zone, slot);
      const to = instantOf(zone, addDays(date, 1));
      day = { from: instantOf(zone, date), to, closesAt: closesAt(model, task, zone, slot) };
    }
    return day.closesAt;
  };
}

/** When the next slot of a task can be read, UTC ms. */
export function nextReadable(model: MeterModel, task: Task, zone: string, now: number): number {
  const delayMs = delayMsOf(model, task);
  return nextSlot(task.calendar, zone, now - delayMs) + delayMs;
}

/** Pause before a failed read of a task without retry passes is tried again, ms. */
export const USUAL_RETRY_MS = 900_000;

/** Pause before a read is tried again that would most likely end the same way, ms. */
const HOPELESS_RETRY_MS = 86_400_000;

/** Chances that a present value gets within the time in which it counts for its slot. */
const CHANCES = 4;

/** Retry passes come hourly after the last named one. */
const HOURLY_S = 3600;

/**
 * When a read that failed is tried again, UTC ms: at the next retry pass of the task, or a quarter of an hour later; a
 * present value sooner, while it still counts for its slot; what the meter cannot give, a day later.
 */
export function nextTry(
  model: MeterModel,
  task: Task,
  zone: string,
  slot: number,
  { at, next }: Pick<Attempted, 'at' | 'next'>,
): number {
  if (next === 'skip') return at + HOPELESS_RETRY_MS;
  if (!keepsTask(model, task)) {
    return at + Math.min(USUAL_RETRY_MS, (closesAt(model, task, zone, slot) - slot) / CHANCES);
  }
  return task.retryAt.length === 0 ? at + USUAL_RETRY_MS : nextPass(task, zone, at);
}

function nextPass(task: Task, zone: string, at: number): number {
  const date = dateOf(zone, at);
  const passes = task.retryAt.map(secondsOf).sort((a, b) => a - b);
  for (let next = (passes.at(-1) ?? 0) + HOURLY_S; next < 86_400; next += HOURLY_S) passes.push(next);
  for (const seconds of passes) {
    const pass = instantOf(zone, date, seconds);
    if (pass > at) return pass;
  }
  return instantOf(zone, addDays(date, 1), passes[0] ?? 0);
}
