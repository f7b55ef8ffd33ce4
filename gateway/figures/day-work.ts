import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { slotTimes } from '#domain/collection/slot-times.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { DayShelf } from './day-shelf.ts';
import { type DueClasses, digestOf } from './due-classes.ts';
import { type ExpectedDay, expectedDays, isFreeze } from './expected-days.ts';
import type { HeldDay } from './held-day.ts';
import type { Site } from './site.ts';
import { type DaySources, storedDay, takeStored } from './stored-day.ts';

/**
 * Days back for which it is worked out anew what is owed when the registry, exclusions or outages change: as long as a
 * task may repair. What was owed before stays as it was seen then.
 */
export const LOOK_BACK_DAYS = 62;
/** Meters that are new to a day and asked for at once. */
const PAGE = 4096;

interface Parts {
  readonly shelf: DayShelf;
  readonly site: Site;
  readonly classes: DueClasses;
  readonly sources: DaySources;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keepDays: number;
}

/**
 * The days that have to be there: makes those that are missing from the stores, newest first, and works out again what
 * is owed where its grounds have changed. One day at a time, so that the feed never waits for more than that.
 */
export class DayWork {
  readonly #parts: Parts;
  #expected: readonly ExpectedDay[] = [];
  readonly #bySlot = new Map<string, ExpectedDay>();
  /** Local date and moment for which the expected days were listed. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #queue: ExpectedDay[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Days that are missing or to be looked at again. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** The days that have to be there, newest first. */
  get expected(): readonly ExpectedDay[] {
    return this.#expected;
  }

  /** Where the days begin that are kept, and that moment, UTC ms; null when they are kept for ever. */
  get keptFrom(): { readonly date: string; readonly slot: number } | null {
    const { site, clock, keepDays } = this.#parts;
    if (keepDays === 0) return null;
    const zone = site.index.registry.timeZone;
    const date = addDays(dateOf(zone, clock.now()), -keepDays);
    return { date, slot: instantOf(zone, date) };
  }

  dayOf(task: string, slot: number): ExpectedDay | undefined {
    return this.#bySlot.get(`${task} ${slot}`);
  }

  /** The registry is new. */
  async begin(): Promise<void> {
    const { shelf, site } = this.#parts;
    for (const task of site.index.registry.tasks.filter(isFreeze)) await shelf.know(task.id);
    this.#list();
    await this.lookAgain();
  }

  /** Nothing is kept any more. */
  forget(): void {
    this.#queue = [...this.#expected];
  }

  /** Looks for days whose grounds have changed. */
  async lookAgain(): Promise<void> {
    const { shelf, site, classes } = this.#parts;
    if (site.version === null) return;
    await classes.refresh();
    const queue: ExpectedDay[] = [];
    for (const day of this.#expected) {
      const basis = shelf.basisOf(day.task.id, day.date);
      if (basis === null) queue.push(day);
      else if (this.isLookedAt(day) && basis !== (await this.basisOf(day))) queue.push(day);
    }
    this.#queue = queue;
  }

  /** Makes or mends one day; false when there is none to make. */
  async once(): Promise<boolean> {
    this.#listIfDue();
    const [next] = this.#queue;
    if (!next) return false;
    const { shelf, logger, clock } = this.#parts;
    const begun = clock.mono();
    const isNew = shelf.basisOf(next.task.id, next.date) === null;
    if (isNew) await this.make(next);
    else await this.mendIfDue(next);
    this.#queue = this.#queue.slice(1);
    const { date } = next;
    const tookMs = Math.round(clock.mono() - begun);
    const told = { task: next.task.id, date, tookMs, days: this.#queue.length };
    if (isNew) logger.info(told, 'the figures of a day are made from the stores');
    else logger.info(told, 'it is worked out again what is owed on a day');
    return true;
  }

  /** Makes a day from the stores, in the place of what was kept of it. */
  async make(expected: ExpectedDay): Promise<void> {
    const { shelf, site, classes, sources } = this.#parts;
    const day = await storedDay(sources, expected, site.index.registry.timeZone, site);
    const held = shelf.put(day, await this.basisOf(expected));
    await classes.classify(held, expected);
  }

  /** Works out again what is owed on a kept day, if that is due. */
  async mendIfDue(expected: ExpectedDay): Promise<void> {
    const known = this.#parts.shelf.basisOf(expected.task.id, expected.date);
    if (known !== null && this.isLookedAt(expected) && known !== (await this.basisOf(expected))) {
      if (factsOf(known) === factsOf(await this.basisOf(expected))) await this.#mend(expected, known);
      else await this.make(expected);
    }
  }

  /** Whether what is owed on a day is still worked out again when its grounds change. */
  isLookedAt({ slot }: ExpectedDay): boolean {
    const { site, clock } = this.#parts;
    const zone = site.index.registry.timeZone;
    return slot >= instantOf(zone, addDays(dateOf(zone, clock.now()), -LOOK_BACK_DAYS));
  }

  async #mend(expected: ExpectedDay, known: string): Promise<void> {
    const { shelf, classes } = this.#parts;
    const held = await shelf.hold(expected.task.id, expected.date);
    if (!held) return;
    await this.#takeNew(held, expected, rowsOf(known));
    await classes.classify(held, expected);
    held.setBasis(await this.basisOf(expected));
  }

  /** Meters that had no row when the day was made may have been read all the same. */
  async #takeNew(held: HeldDay, { task, slot }: ExpectedDay, from: number): Promise<void> {
    const { site, sources } = this.#parts;
    const times = slotTimes(task, site.index.registry.timeZone, slot);
    for (let start = from; start < site.meters.length; start += PAGE) {
      const page = new Map(site.meters.slice(start, start + PAGE).map((meter, i) => [meter, start + i]));
      await takeStored(sources, held.day, times, page, (row, columns) => held.touch(row, columns));
    }
  }

  /** What a day is made of: its facts, the number of meter rows, and what its classes are worked out of. */
  async basisOf(day: ExpectedDay): Promise<string> {
    const { classes, site } = this.#parts;
    const { task, slot } = day;
    const facts = digestOf([task.firstPassUntil, site.index.registry.timeZone, String(slot)]);
    return `${facts} ${site.meters.length} ${await classes.basisOf(day)}`;
  }

  #listIfDue(): void {
    const { site, clock, shelf } = this.#parts;
    const now = clock.now();
    const zone = site.index.registry.timeZone;
    const isSameMinute = Math.floor(now / 60_000) === Math.floor(this.#listedAt / 60_000);
    if (isSameMinute && dateOf(zone, now) === dateOf(zone, this.#listedAt)) return;
    const before = new Set(this.#expected.map(({ task, slot }) => `${task.id} ${slot}`));
    this.#list();
    const came = this.#expected.filter(({ task, slot }) => !before.has(`${task.id} ${slot}`));
    const missing = came.filter(({ task, date }) => shelf.basisOf(task.id, date) === null);
    if (missing.length > 0) this.#queue = [...missing, ...this.#queue];
  }

  #list(): void {
    const { site, clock, keepDays } = this.#parts;
    this.#listedAt = clock.now();
    this.#expected = expectedDays(site.index, this.#listedAt, keepDays);
    this.#bySlot.clear();
    for (const day of this.#expected) this.#bySlot.set(`${day.task.id} ${day.slot}`, day);
  }
}

function factsOf(basis: string): string | undefined {
  return basis.split(' ')[0];
}

function rowsOf(basis: string): number {
  return Number(basis.split(' ')[1] ?? 0);
}
