import { nextSlot, slotAt, slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';

export interface SlotDay {
  /** Local date. */
  readonly date: string;
  /** UTC ms, ascending; a slot's place in it is its bit in the day's progress. */
  readonly slots: readonly number[];
  /** Start of the next local day, UTC ms. */
  readonly end: number;
  readonly nextDate: string;
}

/** More days than the longest repair asks for. */
const MOST_DAYS = 100;

/** The slots of a task day by day, worked out once for all its meters. */
export class SlotDays {
  readonly #task: Task;
  readonly #zone: string;
  readonly #days = new Map<string, SlotDay>();
  /** A slot and the one after it, UTC ms. */
  #slot = 0;
  #following = 0;

  constructor(task: Task, zone: string) {
    this.#task = task;
    this.#zone = zone;
  }

  /** The first slot at or after an instant. */
  from(at: number): number {
    if (at <= this.#slot || at > this.#following) {
      this.#slot = slotAt(this.#task.calendar, this.#zone, at);
      this.#following = nextSlot(this.#task.calendar, this.#zone, at);
    }
    return at === this.#slot ? at : this.#following;
  }

  /** The local days that share an instant with [from, to), in order. */
  *between(from: number, to: number): Generator<SlotDay> {
    if (to <= from) return;
    for (let day = this.#day(dateOf(this.#zone, from)); ; day = this.#day(day.nextDate)) {
      yield day;
      if (day.end >= to) return;
    }
  }

  #day(date: string): SlotDay {
    let day = this.#days.get(date);
    if (!day) {
      if (this.#days.size >= MOST_DAYS) this.#days.clear();
      const nextDate = addDays(date, 1);
      const slots = slotsOfDay(this.#task.calendar, this.#zone, date);
      day = { date, slots, end: instantOf(this.#zone, nextDate), nextDate };
      this.#days.set(date, day);
    }
    return day;
  }
}
