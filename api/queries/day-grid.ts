import { slotsOfDay } from '#contract/calendar.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { collectorHealth, SILENT_MS } from '#domain/collection/collector-health.ts';
import { type ExclusionBook, exclusionBook } from '#domain/collection/exclusions.ts';
import { buildGrid, type Failure, type SlotGrid } from '#domain/collection/slot-grid.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';
import { outageSlots } from './outage-slots.ts';

export interface Day {
  readonly grid: SlotGrid;
  readonly failures: readonly Failure[];
}

/**
 * Slots of a day of all meters that are counted from the stores: some seconds of work. A day of 96 slots of a million
 * meters would be a hundred million, for which no process has the memory.
 */
const MOST_SLOTS = 2_000_000;

/** States of all meters for one task and day, from the stores. */
export class DayGrids {
  readonly #readings: ReadingStore;
  readonly #state: StateStore;
  readonly #clock: Clock;

  constructor(readings: ReadingStore, state: StateStore, clock: Clock) {
    this.#readings = readings;
    this.#state = state;
    this.#clock = clock;
  }

  /** The day of all meters of the registry, or of some. Throws the problem `not_kept` where that is too much to count. */
  async of(index: RegistryIndex, task: Task, date: string, some?: readonly Meter[]): Promise<Day> {
    const zone = index.registry.timeZone;
    const now = this.#clock.now();
    const slots = slotsOfDay(task.calendar, zone, date).filter((slot) => slot <= now);
    const count = index.meterCount * slots.length;
    if (count > MOST_SLOTS) {
      throw new ApiProblem(
        'not_kept',
        `${task.id} on ${date} is ${count} slots; states are counted from the stores up to ${MOST_SLOTS}`,
        [{ pointer: '/task', detail: 'must be a task whose days are kept; of profiles see /collection/completeness' }],
      );
    }
    const meters = some ?? [...index.meters()];
    const [marks, failures, collectorOffline, exclusions] = await Promise.all([
      this.#readings.marks(task.id, slots),
      this.#state.ledger.outcomes(task.id, slots),
      this.offline(index),
      this.exclusions(zone),
    ]);
    const inOutage = await outageSlots(this.#state.outages, slots, marks);
    const told = { marks, failures, collectorOffline, inOutage, exclusions };
    const grid = buildGrid({ registry: index, meters, task, zone, date, now, ...told });
    return { grid, failures };
  }

  /** What people have excluded (人工剔除). */
  async exclusions(zone: string): Promise<ExclusionBook> {
    return exclusionBook(await this.#state.exclusions.list(), zone);
  }

  /** Whether the collector that reads a meter is offline now. One that is new has a moment to be heard of first. */
  async offline(index: RegistryIndex): Promise<(meter: string) => boolean> {
    const now = this.#clock.now();
    const health = collectorHealth(index.registry, await this.#state.status.all(), now);
    return (id) => {
      const meter = index.meter(id);
      const collector = meter ? index.line(meter.line)?.collector : undefined;
      if (meter === undefined || collector === undefined) return false;
      const heard = health.get(collector);
      return heard === undefined ? now - meter.collectedFrom > SILENT_MS : !heard.online;
    };
  }
}
