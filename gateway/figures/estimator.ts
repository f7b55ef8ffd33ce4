import { slotsBetween, slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { NewRevision, RevisionStore } from '#stores/revision-store.ts';
import type { ValidatedReadings } from '#stores/validated-readings.ts';
import { closingTime } from './day-close.ts';
import { Gaps, gapKindOf } from './estimator-gaps.ts';
import { LOOK_BACK_DAYS, meterEstimates, WINDOW_DAYS } from './estimator-meter.ts';
import { AreaProfiles } from './estimator-profiles.ts';
import { windowOf } from './estimator-window.ts';
import type { ChangedDay, Derived, Follower, KeptDays } from './follower.ts';

/** Meters that are worked out in one tick: some thousand estimates at the most. */
const METERS_PER_TICK = 500;
/** Meters that are worked out at the same time, so that the stores need not wait for each. */
const METERS_AT_ONCE = 16;
/** Days that are looked through in one tick. */
const DAYS_PER_TICK = 4;

export interface EstimatorParts {
  /** Asked for when they are needed: the keeper is made after its followers. */
  readonly days: () => KeptDays;
  readonly readings: Pick<ValidatedReadings, 'ofMeter' | 'ofSlot'>;
  readonly revisions: Pick<RevisionStore, 'addEstimates'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `dayCloseAt`: local time `hh:mm`, or 24:00. */
  readonly settings: { readonly dayCloseAt: string; readonly estimateMissing: boolean };
  readonly metersPerTick?: number;
}

/**
 * Estimates the day freezes that are missing once their day is closed, for the past 31 days, and works them out anew
 * when registers around them change. As a follower it notes what changed; a tick does the reading and writing. What is
 * owed is found in the kept days, so a restart loses nothing: it only looks through them again, and an estimate that
 * says what stands there already is not written.
 */
export class Estimator implements Follower {
  readonly #parts: EstimatorParts;
  readonly #gaps = new Map<string, Gaps>();
  /** Closed days that were looked through, as `task date`. */
  readonly #scanned = new Set<string>();
  #isScanning = true;

  constructor(parts: EstimatorParts) {
    this.#parts = parts;
  }

  async follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived> {
    if (!this.#parts.settings.estimateMissing) return {};
    const oldest = addDays(this.#today(), -LOOK_BACK_DAYS);
    const tasks = new Map(this.#tasks().map((task) => [task.id, task]));
    for (const change of changes) {
      const task = tasks.get(change.task);
      if (task && change.date >= oldest) await this.#note(task, change, days);
    }
    return {};
  }

  /** What lies before the window or is not closed yet is no gap to be filled, but may end one. */
  async #note(task: Task, { date, rows }: ChangedDay, days: KeptDays): Promise<void> {
    const gaps = this.#gapsOf(task.id);
    const isClosed = this.#isClosed(task, date);
    const day = this.#isEstimated(task, date) ? await days.of(task.id, date) : null;
    for (const row of rows) {
      const kind = day && gapKindOf(day, row);
      if (kind !== null || gaps.of(row).has(date)) gaps.note(row, date, kind);
      else gaps.touch(row);
      if (isClosed && gaps.followsAreas) gaps.touchArea(this.#areaOf(row));
    }
  }

  /** Does nothing before the keeper has the registry. */
  async tick(): Promise<void> {
    const { settings, days } = this.#parts;
    if (!settings.estimateMissing || days().meters.length === 0) return;
    // A meter is worked out once for all its gaps, so they are all found first.
    this.#isScanning = await this.#scan();
    if (this.#isScanning) return;
    for (const task of this.#tasks()) await this.#estimate(task);
  }

  /** True while days wait to be looked through, or meters to be worked out. */
  get isBusy(): boolean {
    return this.#isScanning || [...this.#gaps.values()].some(({ queued }) => queued > 0);
  }

  /** Looks through closed days that were not looked through yet, the newest first; true when there was one. */
  async #scan(): Promise<boolean> {
    const oldest = addDays(this.#today(), -WINDOW_DAYS);
    let left = DAYS_PER_TICK;
    for (const task of this.#tasks()) {
      this.#gapsOf(task.id).forgetBefore(oldest);
      for (let date = this.#today(); date >= oldest && left > 0; date = addDays(date, -1)) {
        if (!this.#scanned.has(`${task.id} ${date}`) && (await this.#scanDay(task, date))) left--;
      }
    }
    for (const key of this.#scanned) if (key.slice(-oldest.length) < oldest) this.#scanned.delete(key);
    return left < DAYS_PER_TICK;
  }

  async #scanDay(task: Task, date: string): Promise<boolean> {
    const day = this.#isEstimated(task, date) ? await this.#parts.days().of(task.id, date) : null;
    if (!day) return false;
    this.#scanned.add(`${task.id} ${date}`);
    const gaps = this.#gapsOf(task.id);
    for (let row = 0; row < day.rows; row++) {
      const kind = gapKindOf(day, row);
      if (kind !== null) gaps.note(row, date, kind);
    }
    return true;
  }

  async #estimate(task: Task): Promise<void> {
    const { days, readings, revisions, clock, logger, metersPerTick = METERS_PER_TICK } = this.#parts;
    const { registry, meters } = days();
    const gaps = this.#gapsOf(task.id);
    const rows = gaps.take(metersPerTick);
    if (rows.length === 0) return;
    const profiles = new AreaProfiles(readings, registry, task);
    const round = { registry, task, profiles, now: clock.now() };
    const found: NewRevision[] = [];
    try {
      const named = rows.flatMap((row) => meters[row] ?? []);
      const known = await windowOf(readings, task.id, named, this.#windowSlots(task, round.now));
      const one = async (row: number): Promise<void> => {
        const meter = registry.meter(meters[row] ?? '');
        if (!meter) return;
        const estimates = await meterEstimates(round, meter, new Map(gaps.of(row)), known.get(meter.id) ?? []);
        gaps.followArea(row, meter.area, estimates.followsArea);
        found.push(...estimates.revisions);
      };
      for (let i = 0; i < rows.length; i += METERS_AT_ONCE) {
        await Promise.all(rows.slice(i, i + METERS_AT_ONCE).map(one));
      }
      const written = await revisions.addEstimates(found);
      if (written > 0)
        logger.info({ task: task.id, meters: rows.length, rows: written }, 'missing freezes were estimated');
    } catch (error) {
      for (const row of rows) gaps.touch(row);
      throw error;
    }
  }

  /** Slots that estimates look at, up to `now`. */
  #windowSlots({ calendar }: Task, now: number): number[] {
    const zone = this.#parts.days().registry.registry.timeZone;
    return slotsBetween(calendar, zone, instantOf(zone, addDays(dateOf(zone, now), -LOOK_BACK_DAYS)), now + 1);
  }

  /** Freezes of a day, with one slot a day: others are not estimated. */
  #tasks(): Task[] {
    const { tasks, timeZone } = this.#parts.days().registry.registry;
    const today = this.#today();
    return tasks.filter(({ kind, calendar }) => {
      return kind === 'freeze-day' && slotsOfDay(calendar, timeZone, today).length === 1;
    });
  }

  #gapsOf(task: string): Gaps {
    const gaps = this.#gaps.get(task) ?? new Gaps();
    this.#gaps.set(task, gaps);
    return gaps;
  }

  #areaOf(row: number): string {
    const { registry, meters } = this.#parts.days();
    return registry.meter(meters[row] ?? '')?.area ?? '';
  }

  #today(): string {
    return dateOf(this.#parts.days().registry.registry.timeZone, this.#parts.clock.now());
  }

  /** True for a closed day of the window. */
  #isEstimated(task: Task, date: string): boolean {
    return date >= addDays(this.#today(), -WINDOW_DAYS) && this.#isClosed(task, date);
  }

  #isClosed({ calendar }: Task, date: string): boolean {
    const { days, clock, settings } = this.#parts;
    const zone = days().registry.registry.timeZone;
    const [slot] = slotsOfDay(calendar, zone, date);
    return slot !== undefined && closingTime(zone, date, slot, settings.dayCloseAt) <= clock.now();
  }
}
