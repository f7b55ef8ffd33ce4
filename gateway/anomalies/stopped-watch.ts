import { slotsBetween } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import {
  DEFAULT_STOPPED_SETTINGS,
  restoreStopped,
  type StoppedSettings,
  type StoppedState,
  stoppedMeter,
} from '#domain/anomalies/stopped-meter.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { AnomalyStore } from '#stores/state-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged, TakenReading } from '../ingest/judge.ts';

/** Stored points that are looked at when a curve has to be judged again. */
const LOOK_BACK_MS = 26 * 3_600_000;
/** Meters judged again at a time, so that a filled gap of a whole area does not hold up the ingest. */
const AGAIN_AT_A_TIME = 100;
const MAX_OPEN = 100_000;

type Values = Readonly<Partial<Record<QuantityName, number | null>>>;

interface StoppedWatchParts {
  readonly store: AnomalyStore;
  readonly readings: ReadingStore;
  readonly registry: RegistryIndex;
  readonly minWh: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Runs the rule for stopped meters. New points are judged as they come; a curve whose gaps were filled afterwards, and
 * every curve after a start, is judged again from the stored points.
 */
export class StoppedWatch implements Watcher {
  readonly #parts: StoppedWatchParts;
  readonly #settings: StoppedSettings;
  readonly #states = new Map<string, StoppedState>();
  readonly #again: Map<string, Task>;
  #registry: RegistryIndex;

  private constructor(parts: StoppedWatchParts) {
    this.#parts = parts;
    this.#registry = parts.registry;
    this.#settings = { ...DEFAULT_STOPPED_SETTINGS, minWh: parts.minWh };
    const profile = parts.registry.registry.tasks.find((task) => task.kind === 'profile');
    const meters = profile ? parts.registry.registry.meters : [];
    this.#again = new Map(meters.flatMap((meter) => (profile ? [[meter.id, profile] as const] : [])));
  }

  static async open(parts: StoppedWatchParts): Promise<StoppedWatch> {
    const watch = new StoppedWatch(parts);
    for (const anomaly of await parts.store.list({ state: 'open', limit: MAX_OPEN })) {
      if (anomaly.rule === 'stopped_meter') watch.#states.set(anomaly.meter, restoreStopped(anomaly));
    }
    return watch;
  }

  use(registry: RegistryIndex): void {
    this.#registry = registry;
  }

  async watch({ taken }: Judged): Promise<void> {
    for (const reading of taken) {
      if (reading.task.kind === 'profile' && !reading.suspect) await this.#take(reading);
    }
  }

  /** Judges some of the curves again; called from time to time. */
  async judgeAgain(): Promise<void> {
    const some = [...this.#again].slice(0, AGAIN_AT_A_TIME);
    for (const [meter, task] of some) {
      this.#again.delete(meter);
      await this.#fold(meter, task);
    }
  }

  async #take({ meter, task, slot, values }: TakenReading): Promise<void> {
    const known = this.#states.get(meter.id) ?? null;
    if (known && slot <= known.slot) this.#again.set(meter.id, task);
    else await this.#step(meter.id, known, slot, values);
  }

  async #fold(meter: string, task: Task): Promise<void> {
    const now = this.#parts.clock.now();
    const slots = slotsBetween(task.calendar, this.#registry.registry.timeZone, now - LOOK_BACK_MS, now + 1);
    const points = await this.#parts.readings.ofMeter(task.id, meter, slots);
    const known = this.#states.get(meter);
    let state: StoppedState | null = known?.open ? restoreStopped(known.open) : null;
    for (const { slot, quality, values } of points) {
      if (quality !== 'suspect') state = await this.#step(meter, state, slot, values);
    }
  }

  async #step(meter: string, state: StoppedState | null, slot: number, values: Values): Promise<StoppedState | null> {
    const point = { slot, importWh: values.energy_import_wh ?? null, powerW: values.power_active_total_w ?? null };
    const { state: next, changed } = stoppedMeter(state, meter, point, this.#settings);
    if (changed) {
      await this.#parts.store.save(changed);
      const { rule, closedAt, facts } = changed;
      this.#parts.logger.warn(
        { meter, rule, ...facts },
        closedAt === null ? 'abnormal use found' : 'abnormal use ended',
      );
    }
    if (next) this.#states.set(meter, next);
    return next;
  }
}
