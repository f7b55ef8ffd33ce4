import { slotsBetween } from '#contract/calendar.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { judgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { Clock } from '#platform/clock.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { JudgeStateStore } from '#stores/judge-state-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { Site } from '../figures/site.ts';
import type { AnomalyBook } from './anomaly-book.ts';
import { CurveAgain } from './curve-again.ts';
import { CurveScratch } from './curve-scratch.ts';
import { CurveStates } from './curve-states.ts';
import { curveTaskOf, curveTasks } from './curve-tasks.ts';
import { FoundAnomalies } from './found-anomalies.ts';
import type { CurveRules } from './judges.ts';
import { outdated } from './outdated.ts';
import { type PendingSlot, PendingSlots } from './pending-slots.ts';

/** Meters that are read together. */
const PAGE = 2000;
/** Meters that are judged again in one step. */
const AGAIN_AT_ONCE = 100;
/** While the feed does not come to rest a point is judged all the same after so many waits. */
const LONGEST_WAITS = 3;

export interface CurveWatchParts {
  readonly site: Site;
  readonly readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly states: JudgeStateStore;
  readonly book: AnomalyBook;
  readonly rules: CurveRules;
  readonly clock: Clock;
  /** From a slot to its being judged, ms. */
  readonly waitMs: number;
  /** Whether the feed tells nothing new for the moment. */
  readonly isIdle: () => boolean;
}

/** A time over which all curves are judged again, [from, until], UTC ms. */
interface Sweep {
  readonly from: number;
  readonly until: number;
  /** Nothing was remembered from before. */
  readonly isFresh: boolean;
}

/**
 * Judges the curves of all meters, slot by slot: a slot is read and judged some minutes after its time, each meter's
 * points in rising order. What comes later makes the meter's day be judged again. After a start, and when the feed has
 * a gap, yesterday and today are judged again as a whole; what is stored is compared with the result.
 */
export class CurveWatch {
  readonly #parts: CurveWatchParts;
  readonly #states: CurveStates;
  readonly #scratch: CurveScratch;
  readonly #pending = new PendingSlots();
  /** Meter rows with points that came late, and the oldest such slot. */
  readonly #late = new Map<number, number>();
  readonly #again: CurveAgain;
  #found: FoundAnomalies;
  #sweep: Sweep | null = null;
  #isSweepWanted = false;
  #from = 0;
  #points = 0;

  constructor(parts: CurveWatchParts) {
    this.#parts = parts;
    this.#states = new CurveStates(parts.states);
    this.#scratch = new CurveScratch(parts.rules.quantities);
    this.#again = new CurveAgain(parts, this.#states, this.#scratch);
    this.#found = this.#nothingFound();
  }

  get counts(): { readonly points: number; readonly waitingSlots: number; readonly waitingMeters: number } {
    return { points: this.#points, waitingSlots: this.#pending.size, waitingMeters: this.#late.size };
  }

  /** What was judged is forgotten: everything recent is judged again. */
  begin(): void {
    this.#isSweepWanted = true;
    this.#pending.clear();
    this.#late.clear();
  }

  take({ readings = [] }: FeedContent): void {
    const { site } = this.#parts;
    if (site.version === null) return;
    const curves = new Set(curveTasks(site.index).map(({ id }) => id));
    for (const { task, meters, slots } of readings) {
      if (!curves.has(task)) continue;
      for (const [i, meter] of meters.entries()) this.#takePoint(task, meter, slots[i] ?? 0);
    }
  }

  #takePoint(task: string, meter: string, slot: number): void {
    const { site } = this.#parts;
    const row = site.rowOf(meter);
    if (row === undefined || curveTaskOf(site.index, meter, slot)?.id !== task) return;
    if (slot >= this.#from && slot > this.#states.lastOf(row)) this.#pending.add(task, slot, row);
    else this.#late.set(row, Math.min(slot, this.#late.get(row) ?? slot));
  }

  /** Does a piece of what there is to do; false when there is nothing. One that rejects may be tried again. */
  async tick(): Promise<boolean> {
    if (this.#parts.site.version === null) return false;
    if (this.#isSweepWanted) await this.#startSweep();
    if (!this.#sweep) await this.#keep();
    const next = this.#pending.oldest();
    if (this.#sweep && (next === null || next.slot > this.#sweep.until)) {
      await this.#endSweep(this.#sweep);
      return true;
    }
    if (next && this.#isRipe(next)) {
      await this.#fold(next);
      return true;
    }
    return !this.#sweep && (await this.#judgeLate());
  }

  #isRipe({ slot }: PendingSlot): boolean {
    const { clock, waitMs, isIdle } = this.#parts;
    const age = clock.now() - slot;
    return age >= waitMs && (this.#sweep !== null || isIdle() || age >= LONGEST_WAITS * waitMs);
  }

  async #startSweep(): Promise<void> {
    const { site, clock, waitMs } = this.#parts;
    const { timeZone: zone } = site.index.registry;
    const now = clock.now();
    const from = instantOf(zone, addDays(dateOf(zone, now), -1));
    const isFresh = !(await this.#states.beginAt(from, site));
    this.#from = from;
    this.#found = this.#nothingFound();
    this.#sweep = { from, until: now - waitMs, isFresh };
    for (const { id, calendar, for: some } of curveTasks(site.index)) {
      for (const slot of slotsBetween(calendar, zone, from, this.#sweep.until + 1)) {
        if (some) this.#addSome(id, slot);
        else this.#pending.addAll(id, slot);
      }
    }
    this.#isSweepWanted = false;
  }

  /** Only the meters that have the task: most have not, and would be read for nothing. */
  #addSome(task: string, slot: number): void {
    const { site } = this.#parts;
    for (const [row, meter] of site.meters.entries()) {
      if (curveTaskOf(site.index, meter, slot)?.id === task) this.#pending.add(task, slot, row);
    }
  }

  /** Once all is judged again: what is stored and was not found any more goes. */
  async #endSweep({ from, until, isFresh }: Sweep): Promise<void> {
    const { book } = this.#parts;
    const stored = book.all({ during: { from, to: until } });
    await book.keep(await outdated(stored, { basis: 'curve', from, until, isFresh, found: this.#found }));
    this.#found = this.#nothingFound();
    this.#sweep = null;
  }

  async #fold({ task, slot, rows }: PendingSlot): Promise<void> {
    const { site } = this.#parts;
    const zone = site.index.registry.timeZone;
    const day = instantOf(zone, dateOf(zone, slot));
    if (day > (this.#states.days.at(-1) ?? day)) await this.#states.keepDay(day, site);
    this.#pending.delete(task, slot);
    const meters = rows === 'all' ? site.meters : Array.from(rows, (row) => site.meters[row] ?? '');
    try {
      for (let from = 0; from < meters.length; from += PAGE) {
        await this.#foldPage(task, slot, meters.slice(from, from + PAGE));
        if (!this.#sweep) await this.#keep();
      }
    } catch (error) {
      // What was judged of it already is passed over when it is judged again.
      if (rows === 'all') this.#pending.addAll(task, slot);
      else for (const row of rows) this.#pending.add(task, slot, row);
      throw error;
    }
  }

  async #foldPage(task: string, slot: number, meters: readonly string[]): Promise<void> {
    const { site, readings, rules, clock } = this.#parts;
    const { index } = site;
    for (const reading of await readings.ofSlot(task, slot, meters)) {
      const meter = index.meter(reading.meter);
      const row = site.rowOf(reading.meter);
      if (!meter || row === undefined || curveTaskOf(index, meter.id, slot)?.id !== task) continue;
      const judged = judgedMeter(index, meter, slot);
      if (!judged) continue;
      const given = this.#states.giving(row, this.#scratch.given([reading]));
      const points = this.#scratch.points([reading], given);
      const { transitions, state } = rules.judge(judged, points, this.#states.stateOf(row), clock.now());
      this.#states.put(row, slot, state);
      this.#points++;
      if (transitions.length > 0) await this.#found.add(index, meter.id, transitions);
    }
  }

  async #judgeLate(): Promise<boolean> {
    const some = [...this.#late].slice(0, AGAIN_AT_ONCE);
    for (const [row, slot] of some) {
      this.#late.delete(row);
      try {
        await this.#again.judge(row, slot);
      } catch (error) {
        this.#late.set(row, Math.min(slot, this.#late.get(row) ?? slot));
        throw error;
      }
    }
    return some.length > 0;
  }

  async #keep(): Promise<void> {
    if (this.#found.size === 0) return;
    await this.#parts.book.keep({ anomalies: this.#found.anomalies });
    this.#found = this.#nothingFound();
  }

  #nothingFound(): FoundAnomalies {
    const { book, rules } = this.#parts;
    return new FoundAnomalies(
      (meter, id) => book.get(meter, id),
      (rule) => rules.levelOf(rule),
    );
  }
}
