import { isDeepStrictEqual } from 'node:util';
import type { Anomaly } from '#contract/anomaly.ts';
import { slotsBetween } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import {
  DEFAULT_STOPPED_SETTINGS,
  type ProfilePoint,
  restoreStopped,
  type StoppedSettings,
  type StoppedState,
  type StoppedStep,
  stoppedMeter,
} from '#domain/anomalies/stopped-meter.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { AnomalyStore } from '#stores/state-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged } from '../ingest/judge.ts';
import type { TakenReading } from '../ingest/taken-reading.ts';

/** Stored points that are looked at when a curve has to be judged again. */
const LOOK_BACK_MS = 26 * 3_600_000;
/** Meters judged again at a time, so that a filled gap of a whole area does not hold up the ingest. */
const AGAIN_AT_A_TIME = 100;
const MAX_OPEN = 100_000;
/** Newest anomalies of a meter: more than the points that are looked at can hold. */
const MAX_STORED = 100;

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
  readonly #registry: RegistryIndex;
  /** Of the batch that was looked at last, with their places; -1 = not among them. */
  #quantities: readonly QuantityName[] = [];
  #importPlace = -1;
  #powerPlace = -1;
  #turn: Promise<void> = Promise.resolve();

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

  watch({ taken }: Judged): Promise<void> {
    return this.#inTurn(async () => {
      for (const reading of taken) {
        if (reading.task.kind !== 'profile' || reading.suspect) continue;
        const step = this.#take(reading);
        if (step?.changed) await this.#keep(step.changed);
        if (step?.state) this.#states.set(reading.meter.id, step.state);
      }
    });
  }

  /** Judges some of the curves again; called from time to time. Those that a busy store keeps from it stay for later. */
  async judgeAgain(): Promise<void> {
    const some = [...this.#again].slice(0, AGAIN_AT_A_TIME);
    try {
      for (const [meter, task] of some) await this.#inTurn(() => this.#foldIfWanted(meter, task));
    } catch (err) {
      if (!(err instanceof MeterwayError) || err.next !== 'retry') throw err;
      this.#parts.logger.warn({ err }, 'the stores are busy; the curves are judged again later');
    }
  }

  /** Judges no further curve again; resolves when the present one is done. */
  stop(): Promise<void> {
    this.#again.clear();
    return this.#turn;
  }

  /** One after the other: a new point must not be taken from a curve while it is judged again, or it would be lost. */
  #inTurn(run: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(run);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #foldIfWanted(meter: string, task: Task): Promise<void> {
    if (!this.#again.has(meter)) return;
    await this.#fold(meter, task);
    this.#again.delete(meter);
  }

  /** Null for a point of a curve that is to be judged again: it is among the stored ones by then. */
  #take({ meter, task, row, quantities }: TakenReading): StoppedStep | null {
    if (this.#again.has(meter.id)) return null;
    const known = this.#states.get(meter.id) ?? null;
    if (known && row.slot <= known.slot) {
      this.#again.set(meter.id, task);
      return null;
    }
    if (quantities !== this.#quantities) {
      this.#quantities = quantities;
      this.#importPlace = quantities.indexOf('energy_import_wh');
      this.#powerPlace = quantities.indexOf('power_active_total_w');
    }
    const point = {
      slot: row.slot,
      importWh: row.values[this.#importPlace] ?? null,
      powerW: row.values[this.#powerPlace] ?? null,
    };
    return stoppedMeter(known, meter.id, point, this.#settings);
  }

  async #fold(meter: string, task: Task): Promise<void> {
    const now = this.#parts.clock.now();
    const from = now - LOOK_BACK_MS;
    const slots = slotsBetween(task.calendar, this.#registry.registry.timeZone, from, now + 1);
    const points = await this.#parts.readings.ofMeter(task.id, meter, slots);
    const stored = await this.#parts.store.list({ meter, limit: MAX_STORED });
    const known = this.#states.get(meter)?.open ?? spanning(stored, from);
    let state: StoppedState | null = known ? restoreStopped(known) : null;
    const found = new Map<string, Anomaly>();
    for (const { slot, quality, values } of points) {
      if (quality === 'suspect') continue;
      const step = stoppedMeter(state, meter, pointOf(slot, values), this.#settings);
      state = step.state;
      if (step.changed) found.set(step.changed.id, step.changed);
    }
    for (const anomaly of found.values()) {
      if (!stored.some((same) => isDeepStrictEqual(same, anomaly))) await this.#keep(anomaly);
    }
    if (state) this.#states.set(meter, state);
  }

  async #keep(anomaly: Anomaly): Promise<void> {
    await this.#parts.store.save(anomaly);
    const { meter, rule, closedAt, facts } = anomaly;
    this.#parts.logger.warn({ meter, rule, facts }, closedAt === null ? 'abnormal use found' : 'abnormal use ended');
  }
}

function pointOf(slot: number, values: Values): ProfilePoint {
  return { slot, importWh: values.energy_import_wh ?? null, powerW: values.power_active_total_w ?? null };
}

/** What was closed after `from` but began before it, as it was while open: else it would be found anew, from there. */
function spanning(stored: readonly Anomaly[], from: number): Anomaly | null {
  const known = stored.find((anomaly) => anomaly.closedAt !== null && anomaly.from < from && anomaly.to >= from);
  return known ? { ...known, closedAt: null } : null;
}
