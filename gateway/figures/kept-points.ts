import { slotsOfDay } from '#contract/calendar.ts';
import { qualityOf } from '#contract/quality.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf } from '#contract/zone.ts';
import { emptyPoints } from '#domain/collection/point-columns.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { FeedContent, FeedReadings } from '#stores/feed-store.ts';
import type { DayChunk, DayHead, FiguresStore } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { oldestDate } from './expected-days.ts';
import type { FeedTaker, KeptDays } from './follower.ts';
import { HeldPoints } from './held-points.ts';
import type { RowSet } from './row-set.ts';
import { Versions } from './versions.ts';

/** Days in memory while they do not change: 24 bytes a meter each for quarter hours. */
const MOST_HELD = 2;
const MOST_DAYS = 62;
/** Slots that are read from the stores before the feed has its turn again. */
const SLOTS_AT_ONCE = 8;

export interface KeptPointsParts {
  /** The keeper's days; asked for when they are needed, because the keeper is made from its takers. */
  readonly days: () => Pick<KeptDays, 'registry' | 'meters' | 'rowOf'>;
  readonly readings: Pick<ReadingStore, 'marks'>;
  readonly figures: Pick<FiguresStore, 'days' | 'chunks'>;
  readonly clock: Clock;
  /** Days before today that are kept; 0 = for ever. */
  readonly keepDays: number;
}

/** Days before today of which points are kept: a range that is asked for at once, where figures are kept longer. */
export function pointDays(keepFiguresDays: number): number {
  return keepFiguresDays === 0 ? MOST_DAYS : Math.min(keepFiguresDays, MOST_DAYS);
}

interface Span {
  readonly registry: RegistryIndex;
  readonly today: string;
  readonly oldest: string;
}

/**
 * Keeps which points of the load profiles came, day by day. A day is made from the stores once, when it is first needed,
 * and follows the feed from then on; what is in the stores already and told again changes nothing.
 */
export class KeptPoints implements FeedTaker {
  readonly #parts: KeptPointsParts;
  readonly #versions: Versions;
  /** In the order of their last use. */
  readonly #held = new Map<string, HeldPoints>();
  /**
   * Days that are being made, with the slots that are still to be read from the stores. What the feed tells meanwhile is
   * taken in; they are put on disk when they are whole, so a day that was broken off is begun again.
   */
  readonly #making = new Map<HeldPoints, readonly number[]>();
  /** Days that are on disk or in memory; null until it was looked. */
  #known: Set<string> | null = null;
  /** Date and registry for which no day was missing. */
  #completeFor = '';
  #kept: Span | null = null;

  constructor(parts: KeptPointsParts) {
    this.#parts = parts;
    this.#versions = new Versions(parts.clock);
  }

  async take({ readings = [] }: FeedContent): Promise<void> {
    for (const each of readings) {
      const task = this.#tasks().find(({ id }) => id === each.task);
      if (task) await this.#take(task, each);
    }
  }

  /**
   * Rows of the meters that gave a value at a slot of a date, as far as the feed has told. `later`: the day is still
   * being made; null: the day is not kept, or has no such slot. May be asked at any time beside the keeper's steps.
   */
  async rowsAt(task: string, date: string, slot: number): Promise<RowSet | 'later' | null> {
    const isKept = date >= this.#span().oldest && this.#tasks().some(({ id }) => id === task);
    if (!isKept) return null;
    const key = `${task} ${date}`;
    const known = await this.#knownDays();
    const held = this.#held.get(key);
    if (!known.has(key) || (held && this.#making.has(held))) return 'later';
    if (held) return held.rowsAt(slot);
    // What is not in memory is on disk as it was last. The day is not taken into memory: only a step may do that.
    const { figures } = this.#parts;
    const head = (await figures.days(task)).find((each) => each.date === date);
    if (!head) return 'later';
    const read = new HeldPoints(emptyPoints(task, date, head.slots, head.rows), head.version);
    read.put(await figures.chunks(task, date, ['got'], 0));
    // Everything may have been thrown away meanwhile.
    return this.#known === known ? read.rowsAt(slot) : 'later';
  }

  drain(): { readonly days: readonly DayHead[]; readonly chunks: readonly DayChunk[] } {
    const ready = [...this.#held.values()].filter((held) => held.isDirty && !this.#making.has(held));
    const version = this.#versions.next();
    const drained = ready.map((held) => held.drain(version));
    return { days: drained.map(({ head }) => head), chunks: drained.flatMap(({ chunks }) => chunks) };
  }

  /** A few slots of a day that is being made; newest days first. */
  async upkeep(): Promise<boolean> {
    const [making] = this.#making;
    if (making) {
      await this.#makeOn(...making);
      return true;
    }
    const { today, oldest } = this.#span();
    const tasks = this.#tasks();
    const complete = JSON.stringify([today, oldest, tasks]);
    if (complete === this.#completeFor) return false;
    const known = await this.#knownDays();
    for (let date = today; date >= oldest; date = addDays(date, -1)) {
      const task = tasks.find(({ id }) => !known.has(`${id} ${date}`));
      if (!task) continue;
      await this.#hold(task, date);
      return this.upkeep();
    }
    this.#completeFor = complete;
    return false;
  }

  async reset(): Promise<void> {
    this.#held.clear();
    this.#making.clear();
    this.#known = new Set();
    this.#completeFor = '';
  }

  /** Today, and the oldest date of which points are kept. */
  #span(): Span {
    const { days, clock, keepDays } = this.#parts;
    const { registry } = days();
    const today = dateOf(registry.registry.timeZone, clock.now());
    if (this.#kept?.registry !== registry || this.#kept.today !== today) {
      this.#kept = { registry, today, oldest: oldestDate(registry, clock.now(), keepDays) };
    }
    return this.#kept;
  }

  /** Tasks with equal steps through the day that have more than one slot. */
  #tasks(): Task[] {
    return this.#parts
      .days()
      .registry.registry.tasks.filter(
        ({ kind, calendar }) => kind === 'profile' && 'everyS' in calendar && calendar.everyS < 86_400,
      );
  }

  async #take(task: Task, told: FeedReadings): Promise<void> {
    const { days } = this.#parts;
    const { oldest } = this.#span();
    const zone = this.#zone();
    const rows = Map.groupBy(told.slots.keys(), (i) => dateOf(zone, told.slots[i] ?? 0));
    for (const [date, its] of rows) {
      if (date < oldest) continue;
      const held = await this.#hold(task, date);
      for (const i of its) {
        const row = days().rowOf(told.meters[i] ?? '');
        if (row !== undefined) held.take(row, told.slots[i] ?? 0, qualityOf(told.qualities[i] ?? 0));
      }
    }
  }

  /** The day in memory, with room for all meters. */
  async #hold(task: Task, date: string): Promise<HeldPoints> {
    const key = `${task.id} ${date}`;
    const known = await this.#knownDays();
    const held = this.#held.get(key) ?? (known.has(key) ? await this.#load(task, date) : this.#make(task, date));
    known.add(key);
    this.#held.delete(key);
    this.#held.set(key, held);
    held.grow(this.#parts.days().meters.length);
    await this.#letGo(task.id);
    return held;
  }

  async #load(task: Task, date: string): Promise<HeldPoints> {
    const { figures } = this.#parts;
    const head = (await figures.days(task.id)).find((each) => each.date === date);
    const slots = slotsOfDay(task.calendar, this.#zone(), date);
    // Another step through the day: what is on disk says nothing of these slots.
    if (!head || head.slots.length !== slots.length) return this.#make(task, date, head?.version);
    const points = emptyPoints(task.id, date, slots, Math.max(head.rows, this.#parts.days().meters.length));
    const held = new HeldPoints(points, head.version);
    held.put(await figures.chunks(task.id, date, ['got', 'doubtful'], 0));
    return held;
  }

  /** Begins to make a day from the stores. */
  #make(task: Task, date: string, version = 0): HeldPoints {
    const { days, clock } = this.#parts;
    const slots = slotsOfDay(task.calendar, this.#zone(), date);
    const held = new HeldPoints(emptyPoints(task.id, date, slots, days().meters.length), version);
    this.#making.set(
      held,
      slots.filter((slot) => slot <= clock.now()),
    );
    return held;
  }

  /** Reads the next few slots: all marks of a day of a million meters would not fit into memory. */
  async #makeOn(held: HeldPoints, left: readonly number[]): Promise<void> {
    const { days, readings } = this.#parts;
    for (const slot of left.slice(0, SLOTS_AT_ONCE)) {
      for (const { meter, quality } of await readings.marks(held.day.task, [slot])) {
        const row = days().rowOf(meter);
        if (row !== undefined) held.take(row, slot, quality);
      }
    }
    if (left.length > SLOTS_AT_ONCE) {
      this.#making.set(held, left.slice(SLOTS_AT_ONCE));
      return;
    }
    held.touchAll();
    this.#making.delete(held);
  }

  /** Forgets days in memory that have not changed since they were put on disk. */
  async #letGo(task: string): Promise<void> {
    if (this.#held.size <= MOST_HELD) return;
    const heads = new Map((await this.#parts.figures.days(task)).map((head) => [`${task} ${head.date}`, head]));
    for (const [key, held] of this.#held) {
      if (this.#held.size <= MOST_HELD) return;
      if (!held.isDirty && !this.#making.has(held) && heads.get(key)?.version === held.version) this.#held.delete(key);
    }
  }

  async #knownDays(): Promise<Set<string>> {
    if (this.#known) return this.#known;
    const known = new Set<string>();
    for (const { id } of this.#tasks()) {
      for (const { date, version } of await this.#parts.figures.days(id)) {
        known.add(`${id} ${date}`);
        this.#versions.saw(version);
      }
    }
    this.#known = known;
    return known;
  }

  #zone(): string {
    return this.#parts.days().registry.registry.timeZone;
  }
}
