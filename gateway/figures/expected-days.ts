import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, monthStart } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';

/** A business date of a freeze task, with its only slot, UTC ms. */
export interface ExpectedDay {
  readonly task: Task;
  readonly date: string;
  readonly slot: number;
}

export function isFreeze(task: Pick<Task, 'kind'>): boolean {
  return task.kind === 'freeze-day' || task.kind === 'freeze-month';
}

/**
 * The oldest date of which figures are kept: `keepDays` before today (0 = for ever), but not before the first meter
 * was collected and what its memory was asked for then.
 */
export function oldestDate(index: RegistryIndex, now: number, keepDays: number): string {
  const { timeZone, tasks } = index.registry;
  const today = dateOf(timeZone, now);
  const collected = Math.min(now, index.firstCollected);
  const backfill = Math.max(0, ...tasks.filter(isFreeze).map((task) => task.backfillDays));
  const first = addDays(dateOf(timeZone, collected), -backfill);
  const kept = keepDays === 0 ? first : addDays(today, -keepDays);
  return kept > first ? kept : first;
}

/** The days whose slots have come, newest first; of two tasks on one date the one that is named first. */
export function expectedDays(index: RegistryIndex, now: number, keepDays: number): ExpectedDay[] {
  const { timeZone, tasks } = index.registry;
  const freezes = tasks.filter(isFreeze);
  const oldest = oldestDate(index, now, keepDays);
  const found: ExpectedDay[] = [];
  for (let date = dateOf(timeZone, now); date >= oldest; date = addDays(date, -1)) {
    for (const task of freezes) {
      const day = expectedDay(task, timeZone, date);
      if (day && day.slot <= now) found.push(day);
    }
  }
  return found;
}

/** Null when the task has no slot on the date, or several: then it is no freeze of a day that could be kept. */
function expectedDay(task: Task, zone: string, date: string): ExpectedDay | null {
  const { calendar } = task;
  if ('every' in calendar && calendar.every === 'month' && date !== monthStart(date)) return null;
  const [slot, more] = slotsOfDay(calendar, zone, date);
  return slot === undefined || more !== undefined ? null : { task, date, slot };
}
