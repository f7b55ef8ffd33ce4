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
  return `${id}@${'everyS' in calendar ? calendar.everyS : calendar.every}`;
}

/** Index of a slot among the slots of its local day. */
function slotIndex(calendar: Calendar, dayStart: number, slot: number): number {
  return 'everyS' in calendar ? Math.round((slot - dayStart) / (calendar.everyS * 1000)) : 0;
}

/** Bytes for the longest day: 25 hours. */
function bytesFor(calendar: Calendar): number {
  return 'everyS' in calendar ? Math.ceil((25 * 3600) / calendar.everyS / 8) : 1;
}

export class Progress {
  readonly #zone: string;
  readonly #days = new Map<string, Uint8Array>();
  readonly #starts = new Map<string, number>();

  constructor(zone: string, stored: readonly DayProgress[]) {
    this.#zone = zone;
    for (const day of stored) this.#days.set(`${day.task} ${day.meter} ${day.date}`, Uint8Array.from(day.bits));
  }

  isSettled(task: Task, meter: string, slot: number): boolean {
    const date = dateOf(this.#zone, slot);
    const bits = this.#days.get(`${taskKey(task)} ${meter} ${date}`);
    if (!bits) return false;
    const index = slotIndex(task.calendar, this.#startOf(date), slot);
    return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Marks a slot and returns its day, to be stored together with the result. */
  settle(task: Task, meter: string, slot: number): DayProgress {
    const date = dateOf(this.#zone, slot);
    const name = taskKey(task);
    const key = `${name} ${meter} ${date}`;
    let bits = this.#days.get(key);
    if (!bits) {
      bits = new Uint8Array(bytesFor(task.calendar));
      this.#days.set(key, bits);
    }
    const index = slotIndex(task.calendar, this.#startOf(date), slot);
    bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    return { task: name, meter, date, bits: Uint8Array.from(bits) };
  }

  /** Forgets days before `date`; no slot of them is due any more. */
  forgetBefore(date: string): void {
    for (const key of this.#days.keys()) if (key.slice(-10) < date) this.#days.delete(key);
    for (const known of this.#starts.keys()) if (known < addDays(date, -1)) this.#starts.delete(known);
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
