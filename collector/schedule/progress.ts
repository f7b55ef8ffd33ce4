import { cronSlotsOfDay } from '#contract/cron-slots.ts';
import type { Calendar, Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { DayTable } from './day-table.ts';

/**
 * Which slots of a local day are settled: answered, or ended with a final reason. One bit a slot, so that a hundred
 * thousand meters with 96 slots a day fit in memory and in one small row of the spool.
 */
export interface DayProgress {
  /** Id and calendar of the task: with another interval the same bits would mean other slots. */
  readonly task: string;
  readonly meter: string;
  /** Local date. */
  readonly date: string;
  readonly bits: Uint8Array;
}

function taskKey({ id, calendar }: Task): string {
  if ('cron' in calendar) return `${id}@${calendar.cron.replaceAll(' ', '_')}`;
  return `${id}@${'everyS' in calendar ? calendar.everyS : calendar.every}`;
}

/** Bytes for a day: the longest has 25 hours. */
function bytesFor(calendar: Calendar, zone: string, date: string): number {
  if ('cron' in calendar) return Math.ceil(cronSlotsOfDay(calendar.cron, zone, date).length / 8);
  return 'everyS' in calendar ? Math.ceil((25 * 3600) / calendar.everyS / 8) : 1;
}

export function isSet(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

/** True when the first `count` bits are set. */
export function isWhole(bits: Uint8Array, count: number): boolean {
  const bytes = count >> 3;
  for (let i = 0; i < bytes; i++) if (bits[i] !== 0xff) return false;
  const rest = (1 << (count & 7)) - 1;
  return ((bits[bytes] ?? 0) & rest) === rest;
}

/** What is settled of one task. */
class TaskProgress {
  /** Row of each meter, the same in all days. */
  readonly rows = new Map<string, number>();
  readonly days = new Map<string, DayTable>();

  rowOf(meter: string): number {
    let row = this.rows.get(meter);
    if (row === undefined) {
      row = this.rows.size;
      this.rows.set(meter, row);
    }
    return row;
  }
}

export class Progress {
  readonly #zone: string;
  /** By id and calendar. */
  readonly #tasks = new Map<string, TaskProgress>();
  readonly #keys = new WeakMap<Task, string>();
  readonly #starts = new Map<string, number>();

  constructor(zone: string, stored: readonly DayProgress[]) {
    this.#zone = zone;
    for (const { task, meter, date, bits } of stored) {
      const known = this.#open(task);
      this.#day(known, date, bits.length).put(known.rowOf(meter), bits);
    }
  }

  /** Settled slots of one meter and task on a local day: bit i stands for slot i. Not to be written to. */
  dayOf(task: Task, meter: string, date: string): Uint8Array | undefined {
    const known = this.#tasks.get(this.#keyOf(task));
    const row = known?.rows.get(meter);
    return row === undefined ? undefined : known?.days.get(date)?.row(row);
  }

  isSettled(task: Task, meter: string, slot: number): boolean {
    const date = dateOf(this.#zone, slot);
    const bits = this.dayOf(task, meter, date);
    return bits !== undefined && isSet(bits, this.#indexOf(task.calendar, date, slot));
  }

  /** Marks a slot and returns its day, to be stored together with the result. */
  settle(task: Task, meter: string, slot: number): DayProgress {
    const date = dateOf(this.#zone, slot);
    const key = this.#keyOf(task);
    const known = this.#open(key);
    const row = known.rowOf(meter);
    const day = this.#day(known, date, bytesFor(task.calendar, this.#zone, date));
    day.set(row, this.#indexOf(task.calendar, date, slot));
    return { task: key, meter, date, bits: Uint8Array.from(day.row(row)) };
  }

  /** Forgets days before `date`; no slot of them is due any more. */
  forgetBefore(date: string): void {
    for (const [key, { days }] of this.#tasks) {
      for (const known of days.keys()) if (known < date) days.delete(known);
      if (days.size === 0) this.#tasks.delete(key);
    }
    for (const known of this.#starts.keys()) if (known < addDays(date, -1)) this.#starts.delete(known);
  }

  #keyOf(task: Task): string {
    let key = this.#keys.get(task);
    if (key === undefined) {
      key = taskKey(task);
      this.#keys.set(task, key);
    }
    return key;
  }

  #open(key: string): TaskProgress {
    let task = this.#tasks.get(key);
    if (!task) {
      task = new TaskProgress();
      this.#tasks.set(key, task);
    }
    return task;
  }

  #day({ days }: TaskProgress, date: string, bytes: number): DayTable {
    let day = days.get(date);
    if (!day) {
      day = new DayTable(bytes);
      days.set(date, day);
    }
    return day;
  }

  /** Index of a slot among the slots of its local day. */
  #indexOf(calendar: Calendar, date: string, slot: number): number {
    if ('cron' in calendar) return cronSlotsOfDay(calendar.cron, this.#zone, date).indexOf(slot);
    return 'everyS' in calendar ? Math.round((slot - this.#startOf(date)) / (calendar.everyS * 1000)) : 0;
  }

  #startOf(date: string): number {
    let start = this.#starts.get(date);
    if (start === undefined) {
      start = instantOf(this.#zone, date);
      this.#starts.set(date, start);
    }
    return start;
  }
}
