import { nextSlot } from '#contract/calendar.ts';
import { dueSlots, givesTask, keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import { KIND_PRIORITY, PRIORITIES, type Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { type Attempted, type DueRead, dueKey } from './due-read.ts';
import { deadlineOf, nextTry, reportDays } from './horizon.ts';
import type { Progress } from './progress.ts';

interface Entry {
  readonly meter: PlanMeter;
  readonly model: MeterModel;
}

/** A due read that has passed its deadline, with what is known of it. */
export interface Expired {
  readonly read: DueRead;
  readonly attempted: Attempted | null;
}

/** Reads laid out at a time. The rest is found again by the next look, so memory does not grow with the backlog. */
const MAX_LAID_OUT = 2000;

/**
 * The due reads of one line: derived anew from the calendar and what is settled, never a queue that grows. It knows
 * which read is the most urgent now and when there will be something to do again.
 */
export class Agenda {
  readonly #zone: string;
  readonly #tasks: readonly Task[];
  readonly #entries: readonly Entry[];
  readonly #progress: Progress;
  readonly #attempted = new Map<string, Attempted & { readonly notBefore: number }>();
  #laidOut: DueRead[] = [];
  #next = 0;
  /** Look again at this instant, UTC ms. */
  #lookAt = 0;
  #open = 0;
  /** Deadlines up to here have been dealt with, UTC ms; 0 = none yet. */
  #expiredUntil = 0;

  constructor(zone: string, tasks: readonly Task[], entries: readonly Entry[], progress: Progress) {
    this.#zone = zone;
    this.#tasks = tasks;
    this.#entries = entries;
    this.#progress = progress;
  }

  /** The most urgent read that is due, or null. A read stays due until `settled` or `failed` is called for it. */
  take(now: number): DueRead | null {
    if (now >= this.#lookAt || this.#next >= this.#laidOut.length) this.#look(now);
    while (this.#next < this.#laidOut.length) {
      const read = this.#laidOut[this.#next++];
      if (read && this.#isOpen(read, now)) return read;
    }
    return null;
  }

  /** False when the slot was settled or its read postponed after it was laid out. */
  #isOpen(read: DueRead, now: number): boolean {
    if (this.#progress.isSettled(read.task, read.meter.id, read.slot)) return false;
    return this.#notBefore(read, now) <= now;
  }

  /** An attempt in the future was made before the clock was set back: when it would be repeated means nothing. */
  #notBefore({ task, meter, slot }: Omit<DueRead, 'priority'>, now: number): number {
    const known = this.#attempted.get(dueKey(task.id, meter.id, slot));
    return known === undefined || known.at > now ? 0 : known.notBefore;
  }

  /** Reads that are laid out for a meter and still open. */
  ofMeter(meter: string, now: number): DueRead[] {
    const found: DueRead[] = [];
    for (let i = this.#next; i < this.#laidOut.length; i++) {
      const read = this.#laidOut[i];
      if (read?.meter.id === meter && this.#isOpen(read, now)) found.push(read);
    }
    return found;
  }

  /** When `take` may return something again, UTC ms, if nothing else happens. */
  get lookAt(): number {
    return this.#lookAt;
  }

  get waiting(): number {
    return this.#laidOut.length - this.#next;
  }

  /** Due reads that are neither answered nor given up, as of the last look. */
  get open(): number {
    return this.#open;
  }

  /** Older missing slots of the same meter and task that one request could bring along, newest first. */
  companions(read: DueRead, most: number, now: number): DueRead[] {
    const found: DueRead[] = [];
    for (let i = this.#next; i < this.#laidOut.length && found.length < most; i++) {
      const other = this.#laidOut[i];
      if (other?.task.id !== read.task.id || other.meter.id !== read.meter.id) continue;
      if (this.#isOpen(other, now)) found.push(other);
    }
    return found;
  }

  /** The slot has its answer or its final reason. */
  settled(read: DueRead): void {
    this.#open = Math.max(0, this.#open - 1);
    this.#attempted.delete(dueKey(read.task.id, read.meter.id, read.slot));
  }

  /** Keeps what was learnt; the read is tried again at the task's next pass. Returns what was known before. */
  failed(read: DueRead, attempted: Attempted): Attempted | null {
    const key = dueKey(read.task.id, read.meter.id, read.slot);
    const before = this.#attempted.get(key) ?? null;
    this.#attempted.set(key, { ...attempted, notBefore: nextTry(read.task, this.#zone, attempted.at) });
    return before;
  }

  attempted(read: DueRead): Attempted | null {
    return this.#attempted.get(dueKey(read.task.id, read.meter.id, read.slot)) ?? null;
  }

  /** Makes every failed read of these meters due at once: the meter, or the whole line, answers again. */
  retryNow(meter?: string): void {
    for (const [key, attempted] of this.#attempted) {
      if (meter === undefined || key.split(' ')[1] === meter) this.#attempted.set(key, { ...attempted, notBefore: 0 });
    }
    this.#lookAt = 0;
  }

  /** Due reads past their deadline since the last call; the caller settles each with its final reason. */
  expired(now: number): Expired[] {
    const found: Expired[] = [];
    for (const task of this.#tasks) {
      for (const { meter, model } of this.#entries) {
        const from = this.#expiryFrom(model, task, now);
        for (const slot of dueSlots(meter, model, task, this.#zone, from, now)) {
          if (deadlineOf(model, task, this.#zone, slot) > now) break;
          if (this.#progress.isSettled(task, meter.id, slot)) continue;
          const read: DueRead = { meter, task, slot, priority: 'backfill' };
          found.push({ read, attempted: this.attempted(read) });
        }
      }
    }
    this.#expiredUntil = now;
    return found;
  }

  /** Earliest slot whose deadline may lie after the last call of `expired`. */
  #expiryFrom(model: MeterModel, task: Task, now: number): number {
    const bound = instantOf(this.#zone, addDays(dateOf(this.#zone, now), -reportDays(model, task)));
    // The clock was set back: what lies between may expire now for the first time.
    if (this.#expiredUntil === 0 || this.#expiredUntil > now) return bound;
    if (!keepsTask(model, task)) return Math.max(bound, this.#expiredUntil - task.toleranceS * 1000);
    const date = dateOf(this.#zone, this.#expiredUntil);
    if (date === dateOf(this.#zone, now)) return now;
    return Math.max(bound, instantOf(this.#zone, addDays(date, -task.repairDays)));
  }

  /** Lays out what is due now, most urgent first. */
  #look(now: number): void {
    this.#laidOut = [];
    this.#next = 0;
    this.#open = 0;
    let lookAt = now + 60_000;
    for (const task of this.#tasks) {
      lookAt = Math.min(lookAt, this.#nextDue(task, now));
      for (const entry of this.#entries) {
        if (givesTask(entry.model, task)) lookAt = Math.min(lookAt, this.#layOut(entry, task, now));
      }
    }
    this.#laidOut.sort(mostUrgent);
    if (this.#laidOut.length > MAX_LAID_OUT) this.#laidOut.length = MAX_LAID_OUT;
    this.#lookAt = Math.max(lookAt, now + 1);
  }

  /** When the next slot of a task becomes due. */
  #nextDue(task: Task, now: number): number {
    const delayMs = task.delayS * 1000;
    return nextSlot(task.calendar, this.#zone, now - delayMs) + delayMs;
  }

  /** Adds the due reads of one meter and task; returns when one of them ends or the earliest postponed one may be tried. */
  #layOut({ meter, model }: Entry, task: Task, now: number): number {
    const from = keepsTask(model, task)
      ? instantOf(this.#zone, addDays(dateOf(this.#zone, now), -task.repairDays))
      : now - task.toleranceS * 1000;
    const dueUntil = now - task.delayS * 1000 + 1;
    const current = dueUntil - ('everyS' in task.calendar ? task.calendar.everyS * 1000 : 0);
    let lookAt = Number.POSITIVE_INFINITY;
    for (const slot of dueSlots(meter, model, task, this.#zone, from, dueUntil)) {
      if (this.#progress.isSettled(task, meter.id, slot)) continue;
      const deadline = deadlineOf(model, task, this.#zone, slot);
      if (deadline <= now) continue;
      this.#open++;
      const notBefore = this.#notBefore({ meter, task, slot }, now);
      lookAt = Math.min(lookAt, notBefore > now ? notBefore : deadline);
      if (notBefore > now) continue;
      // A freeze is billing data whichever day it is of; an older point of a curve only fills a gap.
      const gap = task.kind === 'profile' && slot <= current;
      this.#laidOut.push({ meter, task, slot, priority: gap ? 'backfill' : KIND_PRIORITY[task.kind] });
    }
    return lookAt;
  }
}

const RANK = new Map(PRIORITIES.map((priority, i) => [priority, i]));

/** By priority, then the newest slot; the sort is stable, so meters keep the order of the plan. */
function mostUrgent(a: DueRead, b: DueRead): number {
  return (RANK.get(a.priority) ?? 0) - (RANK.get(b.priority) ?? 0) || b.slot - a.slot;
}
