import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import type { DayColumns } from '#domain/collection/day-columns.ts';
import { siteTask } from '#domain/task-choice.ts';
import { DAY_PARAMETERS, type DayParameters } from '#domain/vee/parameters.ts';
import { type RegisterPoint, sumCheck } from '#domain/vee/rules/sum.ts';
import type { Clock } from '#platform/clock.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { FiguresStore, Finding } from '#stores/figures-store.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { ChangedDay, Derived, FeedTaker, Follower, KeptDays } from './follower.ts';
import type { KeptPoints } from './kept-points.ts';
import { RowSet } from './row-set.ts';
import { VeeKnown } from './vee-known.ts';

/** Meters that are checked in one tick: their points are a hundred readings each. */
const METERS_PER_TICK = 200;
/** Days that are looked through again after a start, because what was queued is not kept. */
const START_DAYS = 2;

export interface VeeSumsParts {
  /** Asked for when they are needed: the keeper is made after its followers. */
  readonly days: () => KeptDays;
  readonly readings: Pick<ReadingStore, 'ofMeter'>;
  readonly figures: Pick<FiguresStore, 'days' | 'findings'>;
  /** Tells which meters gave a point at all; without it all are asked for. It has to hear of the feed first. */
  readonly points?: Pick<KeptPoints, 'rowsAt'>;
  readonly clock: Clock;
  readonly metersPerTick?: number;
  readonly parameters?: DayParameters;
}

interface Checked {
  readonly task: string;
  readonly slot: number;
  readonly meter: string;
  /** Null when nothing is found any more. */
  readonly facts: Finding['facts'] | null;
}

interface OpenDay {
  readonly date: string;
  /** Meters that are still to be checked. */
  readonly rows: Iterator<number>;
  /** Rows with points at both ends of the day, which can be judged; null when that is not known. */
  readonly judged: RowSet | null;
}

/** Null: all that are queued. */
type Judged = RowSet | 'nobody' | 'later' | null;

/** A day with its freezes, and the slots of its profile from one to the other. */
interface SumDay {
  readonly date: string;
  readonly start: DayColumns;
  readonly end: DayColumns;
  readonly slots: readonly number[];
  readonly profile: string;
  /** Rows with findings. */
  readonly had: RowSet;
}

/**
 * The sum check: profiles against the day freezes. Reading a hundred points for every meter is too dear for every step,
 * so what changed is queued here, a tick checks a few hundred meters of the newest day, and what it found goes into the
 * next checkpoint. A finding stands at the profile task and the slot with which the day begins.
 */
export class VeeSums implements Follower, FeedTaker {
  readonly #parts: VeeSumsParts;
  /** Rows by the date of the day. */
  readonly #queue = new Map<string, RowSet>();
  #checked: Checked[] = [];
  /** Given to a checkpoint that may have failed: given once more with the next. */
  #given: Checked[] = [];
  #isBegun = false;
  #open: OpenDay | null = null;
  readonly #known: VeeKnown;

  constructor(parts: VeeSumsParts) {
    this.#parts = parts;
    this.#known = new VeeKnown(parts.figures);
  }

  get isBusy(): boolean {
    return this.#open !== null || this.#queue.size > 0;
  }

  async follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived> {
    const { freeze, profile } = this.#tasks(days);
    for (const { task, date, rows } of profile ? changes : []) {
      if (task !== freeze?.id || rows.size === 0) continue;
      const [queued, before] = [this.#queued(date, days), this.#queued(addDays(date, -1), days)];
      for (const row of rows) {
        queued.add(row);
        before.add(row);
      }
    }
    const all = [...this.#given, ...this.#checked];
    this.#given = this.#checked;
    this.#checked = [];
    const newest = new Map(all.map((each) => [`${each.task} ${each.slot} ${each.meter}`, each]));
    const of = [...newest.values()];
    const found = of.flatMap(({ facts, ...named }) => (facts ? [{ ...named, rule: 'sum_mismatch', facts }] : []));
    return { findings: { of, found } };
  }

  /** A point of a day that is over, or with which one ended, may make or mend its sum. */
  async take({ readings = [] }: FeedContent): Promise<void> {
    const days = this.#parts.days();
    const { zone, profile } = this.#tasks(days);
    const today = dateOf(zone, this.#parts.clock.now());
    for (const { task, meters, slots } of readings) {
      if (task !== profile?.id) continue;
      for (const [i, slot] of slots.entries()) {
        const row = days.rowOf(meters[i] ?? '');
        const date = dateOf(zone, slot);
        if (row === undefined) continue;
        if (date < today) this.#queued(date, days).add(row);
        if (slot === instantOf(zone, date)) this.#queued(addDays(date, -1), days).add(row);
      }
    }
  }

  drain(): { readonly days: []; readonly chunks: [] } {
    return { days: [], chunks: [] };
  }

  async tick(): Promise<void> {
    const days = this.#parts.days();
    if (days.meters.length === 0) return;
    this.#begin(days);
    let left = this.#parts.metersPerTick ?? METERS_PER_TICK;
    while (left > 0) {
      const open = await this.#next(days);
      if (!open) return;
      left -= await this.#check(open, left, days);
    }
  }

  /** The day that is being checked, else the newest one with queued meters that can be checked by now. */
  async #next(days: KeptDays): Promise<OpenDay | null> {
    for (const date of this.#open ? [] : [...this.#queue.keys()].sort().reverse()) {
      this.#open = await this.#begun(date, days);
      if (this.#open) break;
    }
    return this.#open;
  }

  /** Takes a day from the queue; null when nobody is to be checked, or not now. */
  async #begun(date: string, days: KeptDays): Promise<OpenDay | null> {
    // What changes from here on is queued again.
    const rows = this.#queue.get(date) ?? new RowSet(0);
    this.#queue.delete(date);
    let judged: Judged = 'later';
    try {
      judged = await this.#judged(date, days);
    } finally {
      const queued = judged === 'later' ? this.#queued(date, days) : null;
      for (const row of queued ? rows : []) queued?.add(row);
    }
    return judged === 'later' || judged === 'nobody' ? null : { date, rows: rows[Symbol.iterator](), judged };
  }

  /** Only those with points at both ends can be judged, and those with a finding cleared; null when all are to be. */
  async #judged(date: string, days: KeptDays): Promise<Judged> {
    const { freeze, profile, zone } = this.#tasks(days);
    const next = addDays(date, 1);
    const [start, end] = [date, next].map((each) => freeze && slotsOfDay(freeze.calendar, zone, each)[0]);
    if (!profile || start === undefined || end === undefined || end > this.#parts.clock.now()) return 'nobody';
    const starts = (await this.#parts.points?.rowsAt(profile.id, date, start)) ?? null;
    const ends = (await this.#parts.points?.rowsAt(profile.id, next, end)) ?? null;
    if (starts === 'later' || ends === 'later') return 'later';
    if (!starts || !ends) return null;
    const both = new RowSet(days.meters.length);
    for (const row of starts) if (ends.has(row)) both.add(row);
    const had = await this.#known.rows(profile.id, start, days);
    return both.size + had.size > 0 ? both : 'nobody';
  }

  #begin(days: KeptDays): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { profile, zone } = this.#tasks(days);
    const today = dateOf(zone, this.#parts.clock.now());
    for (let back = 1; profile && back <= START_DAYS; back++) {
      const queued = this.#queued(addDays(today, -back), days);
      for (let row = 0; row < days.meters.length; row++) queued.add(row);
    }
  }

  /** The queue of a day. */
  #queued(date: string, days: KeptDays): RowSet {
    const rows = this.#queue.get(date) ?? new RowSet(days.meters.length);
    this.#queue.set(date, rows);
    return rows;
  }

  /** Checks meters of a day, at most `most`; gives how many profiles were read. */
  async #check({ date, rows, judged }: OpenDay, most: number, days: KeptDays): Promise<number> {
    const day = await this.#sumDay(date, days);
    let read = 0;
    while (day && read < most) {
      const step = rows.next();
      if (step.done) break;
      const hasPoints = judged?.has(step.value) ?? true;
      if (!hasPoints && !day.had.has(step.value)) continue;
      if (await this.#checkMeter(day, step.value, days, hasPoints)) read += 1;
    }
    if (read < most) this.#open = null;
    return read;
  }

  /** Null while the freezes at both ends are not kept: they queue their meters when they come. */
  async #sumDay(date: string, days: KeptDays): Promise<SumDay | null> {
    const { freeze, profile, zone } = this.#tasks(days);
    const start = freeze && (await days.of(freeze.id, date));
    const end = freeze && (await days.of(freeze.id, addDays(date, 1)));
    if (!profile || !start || !end) return null;
    const next = slotsOfDay(profile.calendar, zone, addDays(date, 1))[0] ?? end.slot;
    const slots = [...slotsOfDay(profile.calendar, zone, date), next];
    return { date, start, end, slots, profile: profile.id, had: await this.#known.rows(profile.id, start.slot, days) };
  }

  /** True when its profile was read; a meter without both freezes cannot be judged. */
  async #checkMeter(day: SumDay, row: number, { meters }: KeptDays, hasPoints: boolean): Promise<boolean> {
    const { profile, start, end, had } = day;
    const meter = meters[row] ?? '';
    const ends = { from: endOf(start, row), to: endOf(end, row) };
    const isKnown = hasPoints && !Number.isNaN(ends.to.importWh - ends.from.importWh);
    const facts = isKnown ? await this.#factsOf(day, meter, ends) : null;
    if (facts || had.has(row)) this.#checked.push({ task: profile, slot: start.slot, meter, facts });
    if (facts) had.add(row);
    return isKnown;
  }

  async #factsOf(
    { profile, slots, date }: SumDay,
    meter: string,
    { from, to }: { readonly from: RegisterPoint; readonly to: RegisterPoint },
  ): Promise<Finding['facts'] | null> {
    const points = pointsOf(await this.#parts.readings.ofMeter(profile, meter, slots));
    const check = sumCheck(points, from, to, this.#parts.parameters ?? DAY_PARAMETERS);
    if (!check || check.fits) return null;
    const { sumWh, dayWh, toleranceWh } = check;
    return { usageDate: date, sumWh, dayWh, toleranceWh, points: check.points };
  }

  #tasks({ registry: { registry } }: KeptDays): {
    readonly freeze?: Task;
    readonly profile?: Task;
    readonly zone: string;
  } {
    const { tasks, timeZone: zone } = registry;
    const freeze = tasks.find(({ kind }) => kind === 'freeze-day');
    const profile = siteTask(tasks, 'profile', 'energy_import_wh');
    return { zone, ...(freeze && { freeze }), ...(profile && { profile }) };
  }
}

/** Points whose registers count, ascending. */
function pointsOf(readings: readonly StoredReading[]): RegisterPoint[] {
  const points: RegisterPoint[] = [];
  for (const { slot, quality, values } of readings) {
    const importWh = values.energy_import_wh;
    if (quality !== 'suspect' && typeof importWh === 'number') points.push({ slot, importWh });
  }
  return points;
}

function endOf({ slot, importWh }: DayColumns, row: number): RegisterPoint {
  return { slot, importWh: importWh[row] ?? Number.NaN };
}
