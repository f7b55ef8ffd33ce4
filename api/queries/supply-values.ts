import { slotAt, slotsBetween } from '#contract/calendar.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task, TaskKind } from '#contract/tasks.ts';
import { momentOf } from '#domain/moment.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { finestTask, siteTask } from '#domain/task-choice.ts';
import { RELAY_MS } from '#domain/triage/observe.ts';
import type { Observation, TriageInput } from '#domain/triage/triage-types.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { LedgerStore } from '#stores/state-store.ts';

/** How far back the newest values and the newest failure are looked for first, ms. */
const LATELY_MS = 3_600_000;
/** Newest slots of the present values that are looked at for neighbours. */
const NEIGHBOUR_SLOTS = 2;

/** The newest values of single meters, read by key: one meter costs the same in a district of any size. */
export class SupplyValues {
  readonly #readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly #ledger: Pick<LedgerStore, 'outcomesOfMeter' | 'outcomesOfSlot'>;

  constructor(
    readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>,
    ledger: Pick<LedgerStore, 'outcomesOfMeter' | 'outcomesOfSlot'>,
  ) {
    this.#readings = readings;
    this.#ledger = ledger;
  }

  /** Of the last day, or null. */
  async newest(index: RegistryIndex, meter: Meter, kind: TaskKind, now: number): Promise<Observation | null> {
    const task = finestTask(index, kind, meter.id, now);
    const model = index.modelOf(meter);
    if (!task || !model) return null;
    const newestOf = async (slots: readonly number[]): Promise<StoredReading | undefined> =>
      (await this.#readings.ofMeter(task.id, meter.id, slots)).at(-1);
    const lately = slotsSince(index, task, now - LATELY_MS, now);
    const found = (await newestOf(lately)) ?? (await newestOf(slotsSince(index, task, now - RELAY_MS, now)));
    return found ? { at: momentOf(model, task, found), values: found.values } : null;
  }

  async lastFailure(index: RegistryIndex, meter: Meter, now: number): Promise<TriageInput['lastFailure']> {
    const task = finestTask(index, 'instant', meter.id, now);
    if (!task) return null;
    const slots = slotsSince(index, task, now - LATELY_MS, now);
    const outcomes = await this.#ledger.outcomesOfMeter(task.id, meter.id, slots);
    const newest = outcomes.sort((a, b) => b.at - a.at)[0];
    return newest ? { at: newest.at, reason: newest.reason } : null;
  }

  /** What the meters answered, or why they did not, in the newest slots of the present values; the newest of each. */
  async around(
    index: RegistryIndex,
    meters: readonly Meter[],
    now: number,
  ): Promise<Map<string, Observation | { readonly at: number; readonly isSilent: boolean }>> {
    const found = new Map<string, Observation | { readonly at: number; readonly isSilent: boolean }>();
    const task = siteTask(index.registry.tasks, 'instant');
    if (!task || meters.length === 0) return found;
    const ids = meters.map(({ id }) => id);
    for (const slot of slotsSince(index, task, now - LATELY_MS, now).slice(-NEIGHBOUR_SLOTS)) {
      const [answers, failures] = await Promise.all([
        this.#readings.ofSlot(task.id, slot, ids),
        this.#ledger.outcomesOfSlot(task.id, slot, ids),
      ]);
      for (const { meter, at, reason } of failures) {
        found.set(meter, { at, isSilent: reason === 'no_answer' || reason === 'skipped_breaker' });
      }
      for (const { meter, readAt, values } of answers) found.set(meter, { at: readAt, values });
    }
    return found;
  }
}

/** Slots from the one in force at `from` up to now. */
function slotsSince(index: RegistryIndex, task: Task, from: number, now: number): number[] {
  const zone = index.registry.timeZone;
  return slotsBetween(task.calendar, zone, slotAt(task.calendar, zone, from), now + 1);
}
