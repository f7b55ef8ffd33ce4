import type { Account, Meter } from '#contract/registry.ts';
import { collectorHealth } from '#domain/collection/collector-health.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { countNeighbours, neighbourState } from '#domain/triage/neighbour-supply.ts';
import { neighboursOf } from '#domain/triage/neighbours.ts';
import { FRESH_MS } from '#domain/triage/observe.ts';
import { contains } from '#domain/triage/touch.ts';
import { triage } from '#domain/triage/triage.ts';
import type {
  Incident,
  Neighbours,
  Observation,
  Triage,
  TriageInput,
  TriagePlace,
} from '#domain/triage/triage-types.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';
import { type SourceState, within } from '../followed.ts';
import { type RememberedIncident, SupplyMemory } from './supply-memory.ts';
import { SupplyValues } from './supply-values.ts';

/** A store that has not answered after this is passed over: a caller waits on the telephone, ms. */
const READ_MS = 150;

interface Source {
  readonly state: SourceState;
  readonly ageS: number | null;
}

export interface SupplyStatus {
  readonly account: Account | null;
  readonly meter: Meter;
  readonly triage: Triage;
  /** Which sources the verdict could rest on. */
  readonly sources: { readonly outages: Source; readonly orders: Source; readonly readings: Source };
  readonly tookMs: number;
}

/** What a read brought that was asked for just now. */
export interface Probed {
  readonly probe: Observation | null;
  readonly failure: TriageInput['lastFailure'];
  readonly neighbours: Neighbours | null;
}

/**
 * What is wrong at a customer's place. Everything that is the same for all callers comes from memory; of the meter
 * itself a few values are read by key, each within a bounded time: the verdict is given without those that are late.
 */
export class SupplyQuery {
  readonly #memory: SupplyMemory;
  readonly #values: SupplyValues;
  readonly #outages: StateStore['outages'];
  readonly #clock: Clock;
  readonly #settings: Pick<OutageSettings, 'offShare' | 'onShare'>;

  constructor(
    readings: ReadingStore,
    state: StateStore,
    clock: Clock,
    settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
  ) {
    this.#memory = new SupplyMemory(state, clock);
    this.#values = new SupplyValues(readings, state.ledger);
    this.#outages = state.outages;
    this.#clock = clock;
    this.#settings = settings;
  }

  async of(index: RegistryIndex, meter: Meter, probed: Partial<Probed> = {}): Promise<SupplyStatus> {
    const begun = this.#clock.mono();
    const now = this.#clock.now();
    const model = index.modelOf(meter);
    if (!model) throw new ApiProblem('unknown_meter', `meter ${meter.id} is of an unknown model`);
    const box = new TimeBox(this.#clock);
    const place = placeOf(index, meter);
    const [incidents, orders, collector, instant, profile, lastFailure] = await Promise.all([
      this.#incidents(meter, place, box),
      this.#memory.orders(),
      this.#collector(index, meter, now),
      box.read(this.#values.newest(index, meter, 'instant', now)),
      box.read(this.#values.newest(index, meter, 'profile', now)),
      box.read(this.#values.lastFailure(index, meter, now)),
    ]);
    const account = index.accountAt(meter.id, now);
    const probe = probed.probe ?? null;
    const isHeard = [probe, instant, profile].some((seen) => seen !== null && now - seen.at <= FRESH_MS);
    const neighbours = probed.neighbours ?? (isHeard ? null : await this.#neighbours(index, meter, now, box));
    const input: TriageInput = {
      now,
      zone: index.registry.timeZone,
      account,
      meter,
      model,
      place,
      incidents: incidents.list,
      planned: orders.value?.planned ?? [],
      orders: (account && orders.value?.arrears.get(account.no)) ?? [],
      instant,
      profile,
      probe,
      lastFailure: probed.failure ?? lastFailure,
      neighbours,
      ...collector,
      settings: this.#settings,
    };
    return {
      account,
      meter,
      triage: triage(input),
      sources: {
        outages: incidents.source,
        orders: { state: orders.state, ageS: orders.ageS },
        readings: { state: box.state, ageS: box.state === 'ok' ? 0 : null },
      },
      tookMs: Math.round((this.#clock.mono() - begun) * 10) / 10,
    };
  }

  /** Incidents whose node contains the meter, with the meter's own part in them. */
  async #incidents(meter: Meter, place: TriagePlace, box: TimeBox): Promise<{ list: Incident[]; source: Source }> {
    const { value, state, ageS } = await this.#memory.incidents();
    const near = (value?.list ?? []).filter((incident) => contains({ meter, place }, incident));
    const source = { state, ageS };
    if (near.length === 0) return { list: [], source };
    const members = await box.read(this.#membership(meter, near));
    return {
      list: near.map((incident) => {
        return { ...incident, member: members === null ? undefined : (members.get(incident.id) ?? null) };
      }),
      source,
    };
  }

  async #membership(meter: Meter, near: readonly RememberedIncident[]): Promise<Map<string, Incident['member']>> {
    const ids = near.map(({ id }) => id);
    const found = await this.#outages.membership(meter.id, ids);
    return new Map(found.map(({ outage, member }) => [outage, member]));
  }

  async #neighbours(index: RegistryIndex, meter: Meter, now: number, box: TimeBox): Promise<Neighbours | null> {
    const near = neighboursOf(index, meter, now);
    const heard = await box.read(this.#values.around(index, near, now));
    if (!heard) return null;
    const states = near.flatMap((each) => {
      const model = index.modelOf(each);
      const seen = heard.get(each.id);
      return model && seen ? [{ at: seen.at, state: neighbourState(model, seen, this.#settings) }] : [];
    });
    return countNeighbours(states, now);
  }

  async #collector(
    index: RegistryIndex,
    meter: Meter,
    now: number,
  ): Promise<Pick<TriageInput, 'line' | 'collectorOnline'>> {
    const id = index.line(meter.line)?.collector ?? '';
    const told = (await this.#memory.status()).value?.filter(({ collector }) => collector === id) ?? [];
    const heard = collectorHealth(index.registry, told, now).get(id);
    if (!heard) return { line: null, collectorOnline: null };
    const line = heard.status.lines.find((each) => each.id === meter.line);
    return { line: line ? { state: line.state, at: heard.receivedAt } : null, collectorOnline: heard.online };
  }
}

/** Reads that are each given up after a bounded time, and what became of them. */
class TimeBox {
  readonly #clock: Clock;
  state: SourceState = 'ok';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when it is late or fails: then what was read is not all there is. */
  async read<T>(promise: Promise<T>): Promise<T | null> {
    let isDone = false;
    try {
      const value = await within(
        this.#clock,
        'supply-read',
        READ_MS,
        promise.finally(() => {
          isDone = true;
        }),
      );
      if (!isDone && this.state === 'ok') this.state = 'stale';
      return value;
    } catch {
      this.state = 'down';
      return null;
    }
  }
}

function placeOf(index: RegistryIndex, meter: Meter): TriagePlace {
  const { feeder, line, concentrator, collector } = index.placeOf(meter);
  return { feeder, line, concentrator, collector };
}
