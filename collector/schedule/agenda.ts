import { slotAt } from '#contract/calendar.ts';
import { closesAt, givesTask, keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import { hasTask } from '#contract/task-selection.ts';
import { KIND_PRIORITY, type Task } from '#contract/tasks.ts';
import { Attempts } from './attempts.ts';
import type { Attempted, DueRead } from './due-read.ts';
import { closed, closings, nextReadable, readable } from './horizon.ts';
import { Lanes } from './lanes.ts';
import { MostUrgent } from './most-urgent.ts';
import { type Entry, OpenSlots } from './open-slots.ts';
import { perModel } from './per-model.ts';
import type { Progress } from './progress.ts';
import { SlotDays } from './slot-days.ts';
import { BELIEVER, type SteadyClock } from './steady-clock.ts';
import { type TakenOver, takenOver } from './taken-over.ts';

/** A due read that has passed its deadline, with what is known of it. */
export interface Expired {
  readonly read: DueRead;
  readonly attempted: Attempted | null;
  /** When its deadline passed, UTC ms. */
  readonly closedAt: number;
  /** The meter's memory could have been asked for it. */
  readonly isKept: boolean;
}

interface TaskSlots {
  readonly task: Task;
  /** One for each meter that has the task and can give it, in the order of the plan. */
  readonly meters: readonly OpenSlots[];
}

/**
 * The due reads of one line: derived anew from the calendar and what is settled, never a queue that grows. It knows
 * which read is the most urgent now and when there will be something to do again.
 */
export class Agenda {
  readonly #zone: string;
  readonly #slots: readonly TaskSlots[];
  readonly #models: ReadonlyMap<string, MeterModel>;
  readonly #isTakenOver: TakenOver;
  readonly #progress: Progress;
  readonly #steady: Pick<SteadyClock, 'look'>;
  readonly #offsetMs: number;
  readonly #attempts: Attempts;
  readonly #lanes = new Lanes();
  /** Of each task the meter that had its turn last. */
  readonly #lastOf = new Map<string, string>();
  /** Look again at this instant, UTC ms. */
  #lookAt = 0;
  #open = 0;
  /** Deadlines up to here have been dealt with, UTC ms; 0 = none yet. */
  #expiredUntil = 0;

  /**
   * `offsetMs`: the line begins so much after each slot, or a tenth of the tolerance, so that not all lines begin at
   * once. `steady` judges the wall clock that the methods are given; without it every instant is believed.
   */
  constructor(
    zone: string,
    tasks: readonly Task[],
    entries: readonly Entry[],
    progress: Progress,
    steady: Pick<SteadyClock, 'look'> = BELIEVER,
    offsetMs = 0,
  ) {
    this.#offsetMs = offsetMs;
    this.#zone = zone;
    this.#attempts = new Attempts(zone);
    this.#slots = tasks.map((task) => {
      const days = new SlotDays(task, zone);
      const able = entries.filter(({ meter, model }) => givesTask(model, task) && hasTask(meter, task));
      return { task, meters: able.map((entry) => new OpenSlots(entry, task, zone, days, progress)) };
    });
    this.#models = new Map(entries.map(({ meter, model }) => [meter.id, model]));
    this.#isTakenOver = takenOver(entries.map(({ meter }) => meter));
    this.#progress = progress;
    this.#steady = steady;
  }

  /** The most urgent read that is due, or null. A read stays due until `settled` or `failed` is called for it. */
  take(now: number): DueRead | null {
    if (now >= this.#lookAt || this.#lanes.waiting === 0) this.#look(now);
    const read = this.#lanes.take(now, (laidOut) => this.#isOpen(laidOut, now));
    if (read && read.priority !== 'backfill') this.#lastOf.set(read.task.id, read.meter.id);
    return read;
  }

  /** False when the slot was settled, its read postponed or the meter's address lost after it was laid out. */
  #isOpen(read: DueRead, now: number): boolean {
    if (this.#isTakenOver(read.meter, now)) return false;
    if (this.#progress.isSettled(read.task, read.meter.id, read.slot)) return false;
    return this.#attempts.notBefore(read, now) <= now;
  }

  /** Reads that are laid out for a meter and still open. */
  ofMeter(meter: string, now: number): DueRead[] {
    return [...this.#lanes.rest()].filter((read) => read.meter.id === meter && this.#isOpen(read, now));
  }

  /** When `take` may return something again, UTC ms, if nothing else happens. */
  get lookAt(): number {
    return this.#lookAt;
  }

  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** A read that was taken is as open as before: it is due at once, not at the next look. */
  lookAgain(): void {
    this.#lookAt = 0;
  }

  /** When the next read is due, UTC ms; null when no task of the line comes again. */
  nextDueAt(now: number): number | null {
    if (this.waiting > 0) return now;
    let next = Number.POSITIVE_INFINITY;
    for (const { task, meters } of this.#slots) {
      for (const model of new Set(meters.map(({ entry }) => entry.model))) {
        next = Math.min(next, this.#nextReadable(model, task, now));
      }
    }
    next = Math.min(next, this.#attempts.nextAfter(now));
    return next < Number.MAX_SAFE_INTEGER ? next : null;
  }

  #nextReadable(model: MeterModel, task: Task, now: number): number {
    const offsetMs = this.#offsetOf(model, task);
    return nextReadable(model, task, this.#zone, now - offsetMs) + offsetMs;
  }

  #offsetOf(model: MeterModel, task: Task): number {
    return keepsTask(model, task) ? this.#offsetMs : Math.min(this.#offsetMs, task.toleranceS * 100);
  }

  /** Due reads that are neither answered nor given up, as of the last look. */
  get open(): number {
    return this.#open;
  }

  /**
   * Missing slots of the same meter and task that one request for stored records could bring along: at most `most`, of
   * those right before the read's own, newest first.
   */
  companions({ task, meter, slot }: DueRead, most: number, now: number): DueRead[] {
    if (!('everyS' in task.calendar)) return [];
    const slots = this.#slots
      .find((each) => each.task.id === task.id)
      ?.meters.find(({ entry }) => entry.meter.id === meter.id);
    if (!slots) return [];
    const from = slot - most * task.calendar.everyS * 1000;
    const { model } = slots.entry;
    return slots
      .between(readable(model, task, this.#zone, now).from, slot)
      .filter((other) => other >= from && closesAt(model, task, this.#zone, other) > now)
      .map((other): DueRead => ({ meter, task, slot: other, priority: 'backfill' }))
      .filter((other) => this.#attempts.notBefore(other, now) <= now)
      .reverse();
  }

  /** The slot has its answer or its final reason. */
  settled(read: DueRead): void {
    this.#open = Math.max(0, this.#open - 1);
    this.#attempts.settled(read);
  }

  /** Keeps what was learnt, and postpones the read. Returns what was known before. */
  failed(read: DueRead, attempted: Attempted): Attempted | null {
    const before = this.#attempts.of(read);
    const model = this.#models.get(read.meter.id);
    if (!model) throw new Error(`BUG: meter ${read.meter.id} is not on this line`);
    this.#lookAt = Math.min(this.#lookAt, this.#attempts.failed(read, model, attempted));
    return before;
  }

  attempted(read: DueRead): Attempted | null {
    return this.#attempts.of(read);
  }

  /** The meter, or the whole line, answers again: what failed for silence is worth another try. */
  retryNow(meter?: string): void {
    this.#attempts.retryNow(meter);
    this.#lookAt = 0;
  }

  /**
   * Takes over what another agenda has learnt in vain of these meters, for the tasks that have the same slots in both.
   * `at once`: what was asked, or the way to the meter, has changed, so nothing waits for its next try.
   */
  inherit(other: Agenda, meters: ReadonlySet<string>, tryAgain: 'at once' | 'as before'): void {
    const before = new Set(other.#slots.map(({ task }) => calendarOf(task)));
    const tasks = new Set(this.#slots.flatMap(({ task }) => (before.has(calendarOf(task)) ? [task.id] : [])));
    this.#attempts.inherit(other.#attempts, meters, tasks, tryAgain);
  }

  /**
   * Due reads past their deadline since the last call that was followed to its end; the caller settles each with its
   * final reason. None while the clock is in doubt. Found as they are asked for: after a week without the collector
   * there are hundreds of thousands.
   */
  *expired(now: number): Generator<Expired> {
    if (!this.#steady.look(now).isSteady) return;
    const since = this.#expiredUntil;
    for (const { task, meters } of this.#slots) {
      const spanOf = perModel((model) => closed(model, task, this.#zone, since, now));
      for (const slots of meters) {
        const { meter, model } = slots.entry;
        const { from, to } = spanOf(model);
        for (const slot of slots.between(from, to)) {
          const closedAt = closesAt(model, task, this.#zone, slot);
          if (closedAt > now) break;
          // Whoever asks may let reads go on meanwhile.
          if (this.#progress.isSettled(task, meter.id, slot)) continue;
          const read: DueRead = { meter, task, slot, priority: 'backfill' };
          yield { read, attempted: this.attempted(read), closedAt, isKept: keepsTask(model, task) };
        }
      }
    }
    this.#expiredUntil = now;
  }

  /** Lays out what is due now, most urgent first. */
  #look(now: number): void {
    const laidOut = new MostUrgent(now);
    this.#open = 0;
    let lookAt = now + 60_000;
    const { ceiling } = this.#steady.look(now);
    for (const { task, meters } of this.#slots) {
      const spanOf = perModel((model) => {
        lookAt = Math.min(lookAt, this.#nextReadable(model, task, now));
        const span = readable(model, task, this.#zone, now - this.#offsetOf(model, task));
        return { ...span, liveFrom: this.#liveFrom(task, span.to - 1), closing: closings(model, task, this.#zone) };
      });
      for (const slots of this.#inTurn(task, meters)) {
        const { from, to, liveFrom, closing } = spanOf(slots.entry.model);
        const open = slots.between(from, Math.min(to, ceiling + 1));
        if (open.length === 0) continue;
        lookAt = Math.min(lookAt, this.#layOut(slots.entry, task, { open, liveFrom, closing }, now, laidOut));
      }
    }
    this.#lanes.fill(laidOut, now);
    this.#lookAt = Math.max(lookAt, now + 1);
  }

  /** The slot that has come last at `now`; of freezes also the one before, which billing still waits for. */
  #liveFrom({ kind, calendar }: Task, now: number): number {
    const newest = slotAt(calendar, this.#zone, now);
    return KIND_PRIORITY[kind] === 'billing' ? slotAt(calendar, this.#zone, newest - 1) : newest;
  }

  /**
   * In the order of the plan, or from the meter on that the last round did not come to: on a line with too much to do
   * everybody has a turn now and then.
   */
  #inTurn({ id, kind }: Task, meters: readonly OpenSlots[]): readonly OpenSlots[] {
    if (this.#lanes.isThrough(KIND_PRIORITY[kind])) return meters;
    const last = this.#lastOf.get(id);
    const next = 1 + meters.findIndex(({ entry }) => entry.meter.id === last);
    return next === 0 || next === meters.length ? meters : [...meters.slice(next), ...meters.slice(0, next)];
  }

  /** Adds the due reads of one meter and task. Returns when one of them ends or the earliest postponed one may be tried. */
  #layOut(
    { meter, model }: Entry,
    task: Task,
    { open, liveFrom, closing }: Open,
    now: number,
    laidOut: MostUrgent,
  ): number {
    let lookAt = Number.POSITIVE_INFINITY;
    for (const slot of open) {
      const deadline = closing(slot);
      if (deadline <= now) continue;
      this.#open++;
      if (this.#isTakenOver(meter, now)) continue;
      const notBefore = this.#attempts.notBefore({ meter, task, slot }, now);
      lookAt = Math.min(lookAt, notBefore > now ? notBefore : deadline);
      if (notBefore > now) continue;
      // What the meter still remembers tomorrow must not hold up what only counts now.
      const gap = keepsTask(model, task) && slot < liveFrom;
      laidOut.add({ meter, task, slot, priority: gap ? 'backfill' : KIND_PRIORITY[task.kind] }, deadline);
    }
    return lookAt;
  }
}

interface Open {
  /** Slots that are not settled, ascending. */
  readonly open: readonly number[];
  /** Older slots only fill a gap. */
  readonly liveFrom: number;
  /** As `closesAt`. */
  readonly closing: (slot: number) => number;
}

function calendarOf({ id, calendar }: Task): string {
  return JSON.stringify([id, calendar]);
}
