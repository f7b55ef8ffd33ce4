import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import type { Clock } from '#platform/clock.ts';
import { CHUNK_ROWS, type DayHead, type FiguresStore } from '#stores/figures-store.ts';
import type { JudgeStateStore } from '#stores/judge-state-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { Site } from '../figures/site.ts';
import type { AnomalyBook } from './anomaly-book.ts';
import { DayChunkJudge } from './day-chunk-judge.ts';
import type { DayRules } from './judges.ts';

/** Days that are judged again when something of them changes. */
const RECENT_DAYS = 4;
/** Days before them that the rules look back on. */
const HISTORY_DAYS = 28;
/** A day is judged when nothing of it has changed for so long, or, while it goes on changing, so often, ms. */
const QUIET_MS = 300_000;
const LONGEST_WAIT_MS = 1_800_000;

export interface DayWatchParts {
  readonly site: Site;
  readonly figures: Pick<FiguresStore, 'days' | 'chunks'>;
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
  readonly states: JudgeStateStore;
  readonly book: AnomalyBook;
  readonly rules: DayRules;
  readonly clock: Clock;
}

/** Days on end: a history, then those that are judged. */
export interface DayWindow {
  readonly task: Task;
  readonly dates: readonly string[];
  /** Of the freezes, UTC ms. */
  readonly slots: readonly number[];
  /** The first place that is judged. */
  readonly from: number;
  /** Slot after the last, under which the newest states are kept. */
  readonly next: number;
}

interface Work {
  readonly window: DayWindow;
  /** Pieces of the columns that are still to be judged. */
  readonly chunks: number[];
  /** What will have been judged then. */
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * Judges the day freezes that the figures keep: whenever one of the last days has changed and come to rest, its meters
 * are judged again from that day on, 4096 at a time. What changes in older days is not judged again.
 */
export class DayWatch {
  readonly #parts: DayWatchParts;
  readonly #judge: DayChunkJudge;
  /** Version of each date that was judged. */
  #judged: ReadonlyMap<string, number> = new Map();
  /** Versions as they were last seen, and since when, monotonic ms. */
  #seen = '';
  #seenAt = 0;
  #changedAt: number | null = null;
  #work: Work | null = null;

  constructor(parts: DayWatchParts) {
    this.#parts = parts;
    this.#judge = new DayChunkJudge(parts);
  }

  /** Does a piece of what there is to do; false when there is nothing. One that rejects may be tried again. */
  async tick(): Promise<boolean> {
    if (this.#parts.site.version === null) return false;
    this.#work ??= await this.#due();
    if (!this.#work) return false;
    const { window, chunks, versions } = this.#work;
    const chunk = chunks[0];
    if (chunk !== undefined) {
      await this.#judge.judge(window, chunk);
      chunks.shift();
    }
    if (chunks.length > 0) return true;
    await this.#parts.states.forgetBefore('days', window.slots[window.slots.length - RECENT_DAYS] ?? 0);
    this.#judged = versions;
    this.#work = null;
    return true;
  }

  async #due(): Promise<Work | null> {
    const { site, figures } = this.#parts;
    const task = site.index.registry.tasks.find(({ kind }) => kind === 'freeze-day');
    if (!task) return null;
    const recent = (await figures.days(task.id)).slice(-RECENT_DAYS);
    const changed = recent.filter(({ date, version }) => this.#judged.get(date) !== version);
    const [oldest] = changed;
    const newest = recent.at(-1);
    if (!oldest || !newest || !this.#hasComeToRest(recent)) return null;
    const window = this.#window(task, oldest.date, newest.date);
    const versions = new Map(recent.map(({ date, version }) => [date, version]));
    return { window, chunks: await this.#changedChunks(changed), versions };
  }

  #hasComeToRest(recent: readonly DayHead[]): boolean {
    const now = this.#parts.clock.mono();
    const seen = recent.map(({ date, version }) => `${date} ${version}`).join();
    this.#changedAt ??= now;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#seenAt = now;
    }
    const isAtRest = now - this.#seenAt >= QUIET_MS || now - this.#changedAt >= LONGEST_WAIT_MS;
    if (isAtRest) this.#changedAt = null;
    return isAtRest;
  }

  #window(task: Task, from: string, last: string): DayWindow {
    const zone = this.#parts.site.index.registry.timeZone;
    const dates: string[] = [];
    for (let date = addDays(from, -HISTORY_DAYS); date <= last; date = addDays(date, 1)) dates.push(date);
    const slotOf = (date: string): number => slotsOfDay(task.calendar, zone, date)[0] ?? instantOf(zone, date);
    return { task, dates, slots: dates.map(slotOf), from: dates.indexOf(from), next: slotOf(addDays(last, 1)) };
  }

  /** Pieces of the columns in which something changed since they were judged, ascending. */
  async #changedChunks(changed: readonly DayHead[]): Promise<number[]> {
    const { figures } = this.#parts;
    const chunks = new Set<number>();
    for (const { task, date, rows } of changed) {
      const before = this.#judged.get(date);
      if (before === undefined) for (let chunk = 0; chunk * CHUNK_ROWS < rows; chunk++) chunks.add(chunk);
      else
        for (const { chunk } of await figures.chunks(task, date, ['importWh', 'exportWh'], before)) chunks.add(chunk);
    }
    return [...chunks].sort((a, b) => a - b);
  }
}
