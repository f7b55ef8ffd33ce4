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
import type { StoredReading } from '#stores/reading-store.ts';
import type { LedgerStore, StoredOutcome } from '#stores/state-store.ts';
import type { ValidatedReading, ValidatedReadings } from '#stores/validated-readings.ts';

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
  /** Of the revision that counts; 0 = the meter's own value. */
  readonly revision: number;
  /** Of an estimate. */
  readonly method: string | null;
  /** What the meter gave, where something else counts. */
  readonly raw?: Pick<StoredReading, 'quality' | 'rules' | 'values'>;
}

/** How far back the newest reading of a task is looked for, in slots. */
const NEWEST_WITHIN = 96;
const NEWEST_FREEZE_MS = 40 * 86_400_000;

/** Readings of one meter by slot, so that a missing one shows as missing. */
export class ReadingsQuery {
  readonly #readings: ValidatedReadings;
  readonly #ledger: LedgerStore;
  readonly #clock: Clock;

  constructor(readings: ValidatedReadings, ledger: LedgerStore, clock: Clock) {
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
      if (reading && (reading.values !== null || reading.raw !== null)) return answered(zone, reading);
      const due = classOf(slot);
      return missing(zone, slot, failures.get(slot), due === 'excluded_new' || due === 'excluded_closed' ? due : null);
    });
  }

  /** The newest reading of a task that the meter or a person gave, or null. */
  async newest(index: RegistryIndex, meter: Meter, task: Task): Promise<ValidatedReading | null> {
    const zone = index.registry.timeZone;
    const now = this.#clock.now();
    const last = slotAt(task.calendar, zone, now);
    const isOften = !('every' in task.calendar);
    const from = last - (isOften ? NEWEST_WITHIN * meanEveryS(task.calendar) * 1000 : NEWEST_FREEZE_MS);
    const slots = slotsBetween(task.calendar, zone, from, now + 1);
    const found = await this.#readings.ofMeter(task.id, meter.id, slots);
    return (
      found.findLast(({ values, raw, quality }) => raw !== null || (values !== null && quality !== 'estimated')) ?? null
    );
  }
}

/** A suspect value is shown where nothing counts; its quality says so. */
export function answered(zone: string, reading: ValidatedReading): SlotReading {
  const { slot, meterTime, readAt, quality, rules, values, revision, method, raw } = reading;
  return {
    ...{ slot, businessDate: dateOf(zone, slot), meterTime, readAt, quality, rules, revision, method },
    values: values ?? raw?.values ?? null,
    reason: null,
    detail: '',
    ...(raw !== null && revision > 0 ? { raw } : {}),
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
    revision: 0,
    method: null,
  };
}
