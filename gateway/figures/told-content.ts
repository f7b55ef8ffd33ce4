import { QUALITY_CODES, type Quality, qualityOf } from '#contract/quality.ts';
import { REASONS, type Reason } from '#contract/reasons.ts';
import { COLUMN_BIT, FLAG, takeCounting, takeFailure, takeValue } from '#domain/collection/day-columns.ts';
import { CLASS_CODES, failedCode, hasValue, isFailed, OPEN } from '#domain/collection/slot-state.ts';
import { type SlotTimes, slotTimes } from '#domain/collection/slot-times.ts';
import type { FeedContent, FeedOutcomes, FeedReadings, ReadingName } from '#stores/feed-store.ts';
import type { DayShelf } from './day-shelf.ts';
import type { DueClasses } from './due-classes.ts';
import type { ExpectedDay } from './expected-days.ts';
import type { HeldDay } from './held-day.ts';
import type { Site } from './site.ts';
import { type DaySources, takeStored } from './stored-day.ts';

interface Parts {
  readonly shelf: DayShelf;
  readonly site: Site;
  readonly classes: DueClasses;
  readonly sources: DaySources;
  /** The day of a task that has this slot. */
  readonly dayOf: (task: string, slot: number) => ExpectedDay | undefined;
}

/** A day that is told of, and which of its meters have to be looked up in the stores. */
interface Told {
  readonly held: HeldDay;
  readonly expected: ExpectedDay;
  readonly times: SlotTimes;
  readonly lookUp: Map<string, number>;
}

/**
 * Takes into the kept days what the feed tells. What was told twice changes nothing. Days that are not kept are passed
 * over: when one comes to be kept, it is made from the stores.
 */
export class ToldContent {
  readonly #parts: Parts;
  #rows = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Readings and failures that were taken so far. */
  get rows(): number {
    return this.#rows;
  }

  async take({ readings = [], outcomes = [], revised = [] }: FeedContent): Promise<void> {
    for (const told of readings) await this.#bySlot(told.task, told.slots, (day, i) => this.#value(day, told, i));
    for (const told of outcomes) await this.#bySlot(told.task, told.slots, (day, i) => this.#failure(day, told, i));
    for (const [task, names] of Map.groupBy(revised, (name) => name.task)) {
      const slots = names.map(({ slot }) => slot);
      await this.#bySlot(task, slots, (day, i) => this.#revised(day, names[i]));
    }
  }

  /** One day at a time, so that a delivery of many late days needs no more memory than one of today. */
  async #bySlot(task: string, slots: readonly number[], take: (told: Told, i: number) => void): Promise<void> {
    this.#rows += slots.length;
    for (const [slot, places] of placesBySlot(slots)) {
      const told = await this.#told(task, slot);
      if (!told) continue;
      for (const i of places) take(told, i);
      await this.#lookUp(told);
    }
  }

  async #told(task: string, slot: number): Promise<Told | null> {
    const { shelf, site, dayOf } = this.#parts;
    const expected = dayOf(task, slot);
    const held = expected ? await shelf.hold(task, expected.date) : null;
    if (!expected || held?.day.slot !== slot) return null;
    const times = slotTimes(expected.task, site.index.registry.timeZone, slot);
    return { held, expected, times, lookUp: new Map() };
  }

  #value({ held, times, lookUp }: Told, told: FeedReadings, i: number): void {
    const { day } = held;
    const meter = told.meters[i] ?? '';
    const row = this.#parts.site.rowOf(meter);
    if (row === undefined || hasValue(day.fact[row] ?? OPEN)) return;
    const quality = qualityOf(told.qualities[i] ?? 0);
    // What a rule said stands in the store alone, and few readings have one.
    const isNoted = told.noted?.includes(i) === true;
    const isFreed = day.class[row] === CLASS_CODES.excluded_outage;
    if (told.repeated === true || isNoted || isFreed) lookUp.set(meter, row);
    else if (takeValue(day, row, times, quality, told.readAts[i] ?? 0)) {
      held.touch(row, COLUMN_BIT.fact | COLUMN_BIT.minutes | counting(held, told, row, i, quality));
    }
  }

  #failure({ held, lookUp }: Told, told: FeedOutcomes, i: number): void {
    const { day } = held;
    const meter = told.meters[i] ?? '';
    const row = this.#parts.site.rowOf(meter);
    const reason = told.reasons[i];
    if (row === undefined || !isReason(reason)) return;
    const known = day.fact[row] ?? OPEN;
    // Which of two failures was the later one, the ledger knows.
    if (isFailed(known) && known !== failedCode(reason)) lookUp.set(meter, row);
    else if (takeFailure(day, row, reason)) held.touch(row, COLUMN_BIT.fact);
  }

  #revised({ lookUp }: Told, name: ReadingName | undefined): void {
    const row = name && this.#parts.site.rowOf(name.meter);
    if (name && row !== undefined) lookUp.set(name.meter, row);
  }

  async #lookUp({ held, expected, times, lookUp }: Told): Promise<void> {
    const { sources, classes } = this.#parts;
    if (lookUp.size === 0) return;
    await takeStored(sources, held.day, times, lookUp, (row, columns) => held.touch(row, columns));
    for (const row of lookUp.values()) {
      const isFreed = held.day.class[row] === CLASS_CODES.excluded_outage && hasValue(held.day.fact[row] ?? OPEN);
      if (isFreed) await classes.classifyRow(held, expected.task, row);
    }
  }
}

/** Takes the registers of a value that came. What a person wrote stays. */
function counting({ day }: HeldDay, told: FeedReadings, row: number, i: number, quality: Quality): number {
  if (QUALITY_CODES[quality].billable !== 'yes' || ((day.flags[row] ?? 0) & FLAG.written) !== 0) return 0;
  return takeCounting(day, row, {
    importWh: told.importWh?.[i] ?? Number.NaN,
    exportWh: told.exportWh?.[i] ?? Number.NaN,
    flags: 0,
  });
}

function placesBySlot(slots: readonly number[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let last = Number.NaN;
  let places: number[] = [];
  for (const [i, slot] of slots.entries()) {
    if (slot !== last) {
      last = slot;
      places = found.get(slot) ?? [];
      found.set(slot, places);
    }
    places.push(i);
  }
  return found;
}

const KNOWN_REASONS: ReadonlySet<string> = new Set(REASONS);

function isReason(reason: string | undefined): reason is Reason {
  return reason !== undefined && KNOWN_REASONS.has(reason);
}
