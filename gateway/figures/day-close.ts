import { slotsOfDay } from '#contract/calendar.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, secondsOf } from '#contract/zone.ts';
import { CODE_NAMES } from '#domain/collection/code-names.ts';
import { collectorBlame } from '#domain/collection/collector-blame.ts';
import { collectorHealth } from '#domain/collection/collector-health.ts';
import { codeOf, type DayColumns } from '#domain/collection/day-columns.ts';
import { type Figures, figuresFrom } from '#domain/collection/figures.ts';
import { RowPlaces } from '#domain/collection/row-places.ts';
import { CODES, failedCode, OPEN } from '#domain/collection/slot-state.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { DayReport } from '#stores/collection-stores.ts';
import type { StateStore } from '#stores/state-store.ts';
import { isFreeze } from './expected-days.ts';
import type { Keeper } from './keeper.ts';

/** Days that are closed afterwards when the program was not running, back from the newest. */
const MOST_DAYS = 62;
/** Something is always waiting somewhere: when the feed has been taken for so long, the day is closed all the same, ms. */
const LONG_ENOUGH_MS = 60_000;

const COLLECTOR_OFFLINE = failedCode('collector_offline');

export interface DayCloseParts {
  /** Not to be asked before the first tick: the keeper is made after those who work with it. */
  readonly keeper: () => Pick<Keeper, 'days' | 'counts' | 'inTurn'>;
  readonly state: Pick<StateStore, 'feed' | 'status' | 'dayReports'>;
  readonly settings: { readonly dayCloseAt: string };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What has to be kept before a day may be closed: everything that was told when its moment was first seen. */
interface Wait {
  readonly position: number;
  /** Monotonic ms, when it was reached. */
  reachedAt: number | null;
}

/**
 * Fixes the figures of each freeze as they are when its day is closed (日关闭), once: what comes later stands beside
 * them. A day that ended while the program was not running is closed as soon as it runs; `closedAt` says when. Days
 * before the first report are not reported afterwards: nobody could have read them then. Nor is a day that was over
 * before the first meter was collected.
 */
export class DayClose {
  readonly #parts: DayCloseParts;
  readonly #waits = new Map<string, Wait>();
  #notClosed = 0;

  constructor(parts: DayCloseParts) {
    this.#parts = parts;
  }

  /** Days that were over at the last tick and could not be closed then. */
  get notClosed(): number {
    return this.#notClosed;
  }

  /** Closes what can be closed by now. Called every few seconds; does nothing before the keeper has the registry. */
  async tick(): Promise<void> {
    const { counts, days } = this.#parts.keeper();
    if (counts.position === null || counts.days === 0) return;
    const { tasks } = days.registry.registry;
    let notClosed = 0;
    for (const task of tasks.filter(isFreeze)) {
      for (const date of await this.#due(task)) {
        const isClosed = (await this.#isCaughtUp(`${task.id} ${date}`)) && (await this.#close(task, date));
        if (!isClosed) notClosed++;
      }
    }
    this.#notClosed = notClosed;
  }

  /** Dates that are over and have no report, oldest first. */
  async #due(task: Task): Promise<string[]> {
    const { keeper, state, clock, settings } = this.#parts;
    const zone = keeper().days.registry.registry.timeZone;
    const now = clock.now();
    const today = dateOf(zone, now);
    const begun = keeper().days.registry.firstCollected;
    const over: string[] = [];
    for (let back = 0; back <= MOST_DAYS; back++) {
      const date = addDays(today, -back);
      const [slot, more] = slotsOfDay(task.calendar, zone, date);
      if (slot === undefined || more !== undefined) continue;
      const closes = closingTime(zone, date, slot, settings.dayCloseAt);
      if (closes <= now && closes > begun) over.unshift(date);
    }
    const [first] = over;
    if (first === undefined) return [];
    const reported = await state.dayReports.dates(task.id, first, today);
    const from = reported[0] ?? over.at(-1) ?? first;
    return over.filter((date) => date >= from && !reported.includes(date));
  }

  async #isCaughtUp(key: string): Promise<boolean> {
    const { keeper, state, clock } = this.#parts;
    const wait = this.#waits.get(key) ?? { position: (await state.feed.range()).newest, reachedAt: null };
    this.#waits.set(key, wait);
    const { position, waiting } = keeper().counts;
    if (position === null || position < wait.position) return false;
    wait.reachedAt ??= clock.mono();
    return waiting === 0 || clock.mono() - wait.reachedAt >= LONG_ENOUGH_MS;
  }

  /** False when the day is not kept. */
  async #close(task: Task, date: string): Promise<boolean> {
    const { keeper, state, clock, logger } = this.#parts;
    const closedAt = clock.now();
    const told = await state.status.all();
    const { days } = keeper();
    const cells = await keeper().inTurn(async () => {
      const day = await days.of(task.id, date);
      if (!day) return null;
      const index = days.registry;
      const places = new RowPlaces(index, days.meters);
      const health = collectorHealth(index.registry, told, closedAt);
      return reportedCells(day, collectorBlame(places, health, task, day.slot, closedAt));
    });
    if (!cells) return false;
    const report: DayReport = { task: task.id, date, closedAt, codes: CODE_NAMES, cells };
    this.#waits.delete(`${task.id} ${date}`);
    const counts = { task: task.id, date, ...countsOf(cells) };
    if (await state.dayReports.add(report, [dayClosed(closedAt, counts)])) {
      logger.info(counts, 'the day is closed: its figures are fixed as reported');
    }
    return true;
  }
}

/**
 * When the day of a slot is closed, UTC ms: at the local time `at` of its own day, `24:00` being the next midnight. A
 * time that lies before the slot cannot end its day: then it is the next midnight, too.
 */
export function closingTime(zone: string, date: string, slot: number, at: string): number {
  const midnight = instantOf(zone, addDays(date, 1));
  if (at === '24:00') return midnight;
  const closes = instantOf(zone, date, secondsOf(at));
  return closes > slot ? closes : midnight;
}

/** States by meter row; what is open and laid to a collector that is offline is so in the report. */
export function reportedCells(day: DayColumns, blamed: ((row: number) => boolean) | null): Uint8Array {
  const cells = new Uint8Array(day.rows);
  for (let row = 0; row < day.rows; row++) {
    const code = codeOf(day.class[row] ?? 0, day.fact[row] ?? OPEN);
    cells[row] = code === OPEN && blamed?.(row) ? COLLECTOR_OFFLINE : code;
  }
  return cells;
}

function dayClosed(at: number, counts: ReturnType<typeof countsOf> & { task: string; date: string }): NewCentreEvent {
  const type = 'collection.day-closed.v1';
  return { type, at, district: null, subject: counts.date, evidenceAt: null, data: counts };
}

function countsOf(cells: Uint8Array) {
  const counts = new Uint32Array(CODES);
  for (const code of cells) counts[code] = (counts[code] ?? 0) + 1;
  const { expected, answeredFirst, answeredRetry, answeredLate, suspect, failed, open, due }: Figures =
    figuresFrom(counts);
  const answered = answeredFirst + answeredRetry + answeredLate;
  return { expected, answered, suspect, failed, open, excluded: due - expected };
}
