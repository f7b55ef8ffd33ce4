import { meanEveryS, slotAt, slotsBetween } from '#contract/calendar.ts';
import type { Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { LedgerStore, StoredOutcome } from '#stores/state-store.ts';

/** A slot of a meter: values, or the reason why there are none. Instants in UTC ms. */
export interface SlotReading {
  readonly slot: number;
  readonly businessDate: string;
  readonly meterTime: number | null;
  readonly readAt: number | null;
  readonly quality: Quality;
  readonly rules: readonly string[];
  readonly values: Readonly<Partial<Record<QuantityName, number>>> | null;
  readonly reason: Reason | null;
  readonly detail: string;
}

/** How far back the newest reading of a task is looked for, in slots. */
const NEWEST_WITHIN = 96;
const NEWEST_FREEZE_MS = 40 * 86_400_000;

/** Readings of one meter by slot, so that a missing one shows as missing. */
export class ReadingsQuery {
  readonly #readings: ReadingStore;
  readonly #ledger: LedgerStore;
  readonly #clock: Clock;

  constructor(readings: ReadingStore, ledger: LedgerStore, clock: Clock) {
    this.#readings = readings;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Every slot of the task in [start, end) that had come and concerns the meter, ascending. */
  async between(index: RegistryIndex, meter: Meter, task: Task, start: number, end: number): Promise<SlotReading[]> {
    const zone = index.registry.timeZone;
    const until = Math.min(end, this.#clock.now() + 1);
    const classOf = dueClassifier(index, meter, task, zone);
    const slots = slotsBetween(task.calendar, zone, start, until).filter((slot) => {
      const due = classOf(slot);
      return due !== 'not_due' && due !== 'not_installed';
    });
    const [found, outcomes] = await Promise.all([
      this.#readings.ofMeter(task.id, meter.id, slots),
      this.#ledger.outcomesOfMeter(task.id, meter.id, slots),
    ]);
    const readings = new Map(found.map((reading) => [reading.slot, reading]));
    const failures = new Map(outcomes.map((outcome) => [outcome.slot, outcome]));
    return slots.map((slot) => {
      const reading = readings.get(slot);
      if (reading) return answered(zone, reading);
      const due = classOf(slot);
      return missing(zone, slot, failures.get(slot), due === 'excluded_new' || due === 'excluded_closed' ? due : null);
    });
  }

  /** The newest stored reading of a task, or null. */
  async newest(index: RegistryIndex, meter: Meter, task: Task): Promise<StoredReading | null> {
    const zone = index.registry.timeZone;
    const now = this.#clock.now();
    const last = slotAt(task.calendar, zone, now);
    const isOften = !('every' in task.calendar);
    const from = last - (isOften ? NEWEST_WITHIN * meanEveryS(task.calendar) * 1000 : NEWEST_FREEZE_MS);
    const slots = slotsBetween(task.calendar, zone, from, now + 1);
    return (await this.#readings.ofMeter(task.id, meter.id, slots)).at(-1) ?? null;
  }
}

export function answered(zone: string, reading: StoredReading): SlotReading {
  const { slot, meterTime, readAt, quality, rules, values } = reading;
  return {
    slot,
    businessDate: dateOf(zone, slot),
    meterTime,
    readAt,
    quality,
    rules,
    values,
    reason: null,
    detail: '',
  };
}

export function missing(
  zone: string,
  slot: number,
  outcome: Pick<StoredOutcome, 'reason' | 'detail'> | undefined,
  reason: Reason | null,
): SlotReading {
  return {
    slot,
    businessDate: dateOf(zone, slot),
    meterTime: null,
    readAt: null,
    quality: 'missing',
    rules: [],
    values: null,
    reason: reason ?? outcome?.reason ?? null,
    detail: outcome?.detail ?? (reason === null ? 'not read yet' : ''),
  };
}
