import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { buildGrid, type Failure, type SlotGrid } from '#domain/collection/slot-grid.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';

/** A collector that has said nothing for this long is taken to be offline, ms. */
const SILENT_MS = 120_000;

export interface Day {
  readonly grid: SlotGrid;
  readonly failures: readonly Failure[];
}

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

  async of(index: RegistryIndex, task: Task, date: string): Promise<Day> {
    const zone = index.registry.timeZone;
    const now = this.#clock.now();
    const slots = slotsOfDay(task.calendar, zone, date).filter((slot) => slot <= now);
    const [marks, failures, collectorOffline] = await Promise.all([
      this.#readings.marks(task.id, slots),
      this.#state.ledger.outcomes(task.id, slots),
      this.offline(index),
    ]);
    const meters = index.registry.meters;
    const grid = buildGrid({ registry: index, meters, task, zone, date, now, marks, failures, collectorOffline });
    return { grid, failures };
  }

  /** Whether the collector that reads a meter is offline now. One that is new has a moment to be heard of first. */
  async offline(index: RegistryIndex): Promise<(meter: string) => boolean> {
    const now = this.#clock.now();
    const online = new Map<string, boolean>();
    for (const { collector, status } of await this.#state.status.all()) {
      online.set(collector, status.online && now - status.at < SILENT_MS);
    }
    return (id) => {
      const meter = index.meter(id);
      const collector = meter ? index.line(meter.line)?.collector : undefined;
      if (meter === undefined || collector === undefined) return false;
      const heard = online.get(collector);
      return heard === undefined ? now - meter.collectedFrom > SILENT_MS : !heard;
    };
  }
}
