import { cronSlotsOfDay } from '#contract/cron-slots.ts';
import type { Calendar, Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';

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

export class Progress {
  readonly #zone: string;
  /** Bits by local date, by task and meter. */
  readonly #days = new Map<string, Map<string, Uint8Array>>();
  readonly #starts = new Map<string, number>();

  constructor(zone: string, stored: readonly DayProgress[]) {
    this.#zone = zone;
    for (const { task, meter, date, bits } of stored) this.#open(`${task} ${meter}`).set(date, Uint8Array.from(bits));
  }

  /** Settled slots of one meter and task by local date: bit i stands for slot i of the day. */
  daysOf(task: Task, meter: string): ReadonlyMap<string, Uint8Array> | undefined {
    return this.#days.get(`${taskKey(task)} ${meter}`);
  }

  isSettled(task: Task, meter: string, slot: number): boolean {
    const date = dateOf(this.#zone, slot);
    const bits = this.daysOf(task, meter)?.get(date);
    return bits !== undefined && isSet(bits, this.#indexOf(task.calendar, date, slot));
  }

  /** Marks a slot and returns its day, to be stored together with the result. */
  settle(task: Task, meter: string, slot: number): DayProgress {
    const date = dateOf(this.#zone, slot);
    const name = taskKey(task);
    const days = this.#open(`${name} ${meter}`);
    let bits = days.get(date);
    const index = this.#indexOf(task.calendar, date, slot);
    // What was stored may be shorter: the rules of a time zone change.
    if (!bits || index >> 3 >= bits.length) {
      const longer = new Uint8Array(Math.max((index >> 3) + 1, bytesFor(task.calendar, this.#zone, date)));
      longer.set(bits ?? []);
      bits = longer;
      days.set(date, bits);
    }
    bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    return { task: name, meter, date, bits: Uint8Array.from(bits) };
  }

  /** Forgets days before `date`; no slot of them is due any more. */
  forgetBefore(date: string): void {
    for (const [key, days] of this.#days) {
      for (const known of days.keys()) if (known < date) days.delete(known);
      if (days.size === 0) this.#days.delete(key);
    }
    for (const known of this.#starts.keys()) if (known < addDays(date, -1)) this.#starts.delete(known);
  }

  #open(key: string): Map<string, Uint8Array> {
    let days = this.#days.get(key);
    if (!days) {
      days = new Map();
      this.#days.set(key, days);
    }
    return days;
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
