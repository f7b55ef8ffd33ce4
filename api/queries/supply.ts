import { slotAt, slotsBetween } from '#contract/calendar.ts';
import type { Account, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { momentOf } from '#domain/moment.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { triage } from '#domain/triage/triage.ts';
import type { Observation, Triage, TriageInput } from '#domain/triage/triage-types.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';

/** Slots looked back for the newest present values and for the newest point of the curve. */
const LOOK_BACK = 12;
/** Incidents that are looked at for one call. */
const MAX_OUTAGES = 50;
const SILENT_MS = 120_000;

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
      this.#outages(meter, now),
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
  async #outages(meter: Meter, _now: number): Promise<TriageInput['outages']> {
    const [ofArea, ofMeter] = await Promise.all([
      this.#state.outages.list({ area: meter.area, limit: MAX_OUTAGES }),
      this.#state.outages.list({ meter: meter.id, limit: MAX_OUTAGES }),
    ]);
    return [...new Map([...ofArea, ...ofMeter].map((outage) => [outage.id, outage])).values()];
  }

  async #newest(index: RegistryIndex, meter: Meter, task: Task | undefined, now: number): Promise<Observation | null> {
    const model = index.modelOf(meter);
    if (!task || !model) return null;
    const found = (await this.#readings.ofMeter(task.id, meter.id, recentSlots(index, task, now))).at(-1);
    return found ? { at: momentOf(model, task, found), values: found.values } : null;
  }

  async #lastFailure(
    index: RegistryIndex,
    meter: Meter,
    task: Task | undefined,
    now: number,
  ): Promise<TriageInput['lastFailure']> {
    if (!task) return null;
    const slots = recentSlots(index, task, now);
    const outcomes = await this.#state.ledger.outcomesOfMeter(task.id, meter.id, slots);
    const newest = outcomes.sort((a, b) => b.at - a.at)[0];
    return newest ? { at: newest.at, reason: newest.reason } : null;
  }

  async #collector(
    index: RegistryIndex,
    meter: Meter,
    now: number,
  ): Promise<Pick<TriageInput, 'line' | 'collectorOnline'>> {
    const id = index.line(meter.line)?.collector;
    const told = (await this.#state.status.all()).find((each) => each.collector === id)?.status;
    if (!told) return { line: null, collectorOnline: null };
    const line = told.lines.find((each) => each.id === meter.line);
    return {
      line: line ? { state: line.state, at: told.at } : null,
      collectorOnline: told.online && now - told.at < SILENT_MS,
    };
  }
}

function recentSlots(index: RegistryIndex, task: Task, now: number): number[] {
  const zone = index.registry.timeZone;
  const everyMs = 'everyS' in task.calendar ? task.calendar.everyS * 1000 : 86_400_000;
  const last = slotAt(task.calendar, zone, now);
  return slotsBetween(task.calendar, zone, last - LOOK_BACK * everyMs, now + 1);
}
