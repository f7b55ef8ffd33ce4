import { firstSlot } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import { hasTaskAt } from '#contract/task-selection.ts';
import type { Task } from '#contract/tasks.ts';
import { isSet, isWhole, type Progress } from './progress.ts';
import type { SlotDays } from './slot-days.ts';

export interface Entry {
  readonly meter: PlanMeter;
  readonly model: MeterModel;
}

/**
 * The due slots of one meter and task that are not settled. Remembers a stretch that is settled whole, because a slot
 * that is settled stays so: asking again costs a few comparisons, however long the stretch.
 */
export class OpenSlots {
  readonly entry: Entry;
  readonly #task: Task;
  readonly #days: SlotDays;
  readonly #progress: Progress;
  readonly #first: number;
  readonly #end: number;
  #wholeFrom = 0;
  #wholeUntil = 0;

  constructor(entry: Entry, task: Task, zone: string, days: SlotDays, progress: Progress) {
    this.entry = entry;
    this.#task = task;
    this.#days = days;
    this.#progress = progress;
    const { meter, model } = entry;
    this.#first = Math.max(meter.installedAt, firstSlot(meter, model, task, zone));
    this.#end = meter.removedAt ?? Number.POSITIVE_INFINITY;
  }

  /** Slots in [from, to), UTC ms, ascending. */
  between(from: number, to: number): readonly number[] {
    let start = Math.max(from, this.#first);
    const end = Math.min(to, this.#end);
    if (start >= this.#wholeFrom && start < this.#wholeUntil) start = this.#wholeUntil;
    if (start >= end || this.#days.from(start) >= end) return NONE;
    const open = this.#find(start, end);
    this.#remember(start, open[0] ?? end);
    return open;
  }

  #find(start: number, end: number): number[] {
    const open: number[] = [];
    for (const { date, slots } of this.#days.between(start, end)) {
      const bits = this.#progress.dayOf(this.#task, this.entry.meter.id, date);
      if (bits && isWhole(bits, slots.length)) continue;
      for (let index = firstAtOrAfter(slots, start); index < slots.length; index++) {
        const slot = slots[index] ?? end;
        if (slot >= end) break;
        if (!(bits && isSet(bits, index)) && hasTaskAt(this.entry.meter, this.#task, slot)) open.push(slot);
      }
    }
    return open;
  }

  #remember(from: number, until: number): void {
    if (from < this.#wholeFrom || from > this.#wholeUntil) {
      this.#wholeFrom = from;
      this.#wholeUntil = until;
    } else if (until > this.#wholeUntil) {
      this.#wholeUntil = until;
    }
  }
}

const NONE: readonly number[] = [];

/** Index of the first slot that is not before `from`; slots ascend. */
function firstAtOrAfter(slots: readonly number[], from: number): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slots[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
