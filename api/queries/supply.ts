import { slotAt, slotsBetween } from '#contract/calendar.ts';
import type { Account, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { collectorHealth } from '#domain/collection/collector-health.ts';
import { momentOf } from '#domain/moment.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { RELAY_MS } from '#domain/triage/observe.ts';
import { triage } from '#domain/triage/triage.ts';
import type { Observation, Triage, TriageInput } from '#domain/triage/triage-types.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';

/** How far back the newest values and the newest failure are looked for first, ms. */
const LATELY_MS = 3_600_000;
/** Incidents that are looked at for one call. */
const MAX_OUTAGES = 50;

export interface SupplyStatus {
  readonly account: Account | null;
  readonly meter: Meter;
  readonly triage: Triage;
}

/** What is wrong at a customer's place: everything the ladder needs, gathered from the stores. */
export class SupplyQuery {
  readonly #readings: ReadingStore;
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #settings: Pick<OutageSettings, 'offShare' | 'onShare'>;

  constructor(
    readings: ReadingStore,
    state: StateStore,
    clock: Clock,
    settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
  ) {
    this.#readings = readings;
    this.#state = state;
    this.#clock = clock;
    this.#settings = settings;
  }

  async of(index: RegistryIndex, meter: Meter): Promise<SupplyStatus> {
    const now = this.#clock.now();
    const model = index.modelOf(meter);
    if (!model) throw new ApiProblem('unknown_meter', `meter ${meter.id} is of an unknown model`);
    const instantTask = index.registry.tasks.find((task) => task.kind === 'instant');
    const profileTask = index.registry.tasks.find((task) => task.kind === 'profile');
    const [outages, instant, profile, lastFailure, collector] = await Promise.all([
      this.#outages(meter),
      this.#newest(index, meter, instantTask, now),
      this.#newest(index, meter, profileTask, now),
      this.#lastFailure(index, meter, instantTask, now),
      this.#collector(index, meter, now),
    ]);
    const account = index.accountAt(meter.id, now);
    const input: TriageInput = {
      now,
      zone: index.registry.timeZone,
      account,
      meter,
      model,
      feeder: index.area(meter.area)?.feeder ?? null,
      outages,
      instant,
      profile,
      lastFailure,
      ...collector,
      settings: this.#settings,
    };
    return { account, meter, triage: triage(input) };
  }

  /** Incidents of the meter and of its area, open or newest. */
  async #outages(meter: Meter): Promise<TriageInput['outages']> {
    const [ofArea, ofMeter] = await Promise.all([
      this.#state.outages.list({ area: meter.area, limit: MAX_OUTAGES }),
      this.#state.outages.list({ meter: meter.id, limit: MAX_OUTAGES }),
    ]);
    return [...new Map([...ofArea, ...ofMeter].map((outage) => [outage.id, outage])).values()];
  }

  async #newest(index: RegistryIndex, meter: Meter, task: Task | undefined, now: number): Promise<Observation | null> {
    const model = index.modelOf(meter);
    if (!task || !model) return null;
    const newestOf = async (slots: readonly number[]): Promise<StoredReading | undefined> =>
      (await this.#readings.ofMeter(task.id, meter.id, slots)).at(-1);
    const lately = slotsSince(index, task, now - LATELY_MS, now);
    const found = (await newestOf(lately)) ?? (await newestOf(slotsSince(index, task, now - RELAY_MS, now)));
    return found ? { at: momentOf(model, task, found), values: found.values } : null;
  }

  async #lastFailure(
    index: RegistryIndex,
    meter: Meter,
    task: Task | undefined,
    now: number,
  ): Promise<TriageInput['lastFailure']> {
    if (!task) return null;
    const slots = slotsSince(index, task, now - LATELY_MS, now);
    const outcomes = await this.#state.ledger.outcomesOfMeter(task.id, meter.id, slots);
    const newest = outcomes.sort((a, b) => b.at - a.at)[0];
    return newest ? { at: newest.at, reason: newest.reason } : null;
  }

  async #collector(
    index: RegistryIndex,
    meter: Meter,
    now: number,
  ): Promise<Pick<TriageInput, 'line' | 'collectorOnline'>> {
    const id = index.line(meter.line)?.collector ?? '';
    const heard = collectorHealth(index.registry, await this.#state.status.all(), now).get(id);
    if (!heard) return { line: null, collectorOnline: null };
    const line = heard.status.lines.find((each) => each.id === meter.line);
    return { line: line ? { state: line.state, at: heard.receivedAt } : null, collectorOnline: heard.online };
  }
}

/** Slots from the one in force at `from` up to now. */
function slotsSince(index: RegistryIndex, task: Task, from: number, now: number): number[] {
  const zone = index.registry.timeZone;
  return slotsBetween(task.calendar, zone, slotAt(task.calendar, zone, from), now + 1);
}
