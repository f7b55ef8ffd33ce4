import type { Outage } from '#contract/outage.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { momentOf } from '#domain/moment.ts';
import { applyEvidence, type OutageStep } from '#domain/outages/apply-evidence.ts';
import { type Evidence, evidenceOfEvent, evidenceOfOutcome, evidenceOfReading } from '#domain/outages/evidence.ts';
import { ordinarySupply, type SupplyPlaces, supplyPlaces } from '#domain/outages/ordinary-supply.ts';
import { type OutageState, restoreState } from '#domain/outages/outage-state.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import { type OutageTopology, topologyAt } from '#domain/outages/topology.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { OutageStore } from '#stores/state-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged } from '../ingest/judge.ts';
import type { TakenReading } from '../ingest/taken-reading.ts';
import { type QuietMeter, QuietMeters } from './quiet-meters.ts';

/** Stored incidents that a starting process takes up again: open ones and the newest restored ones. */
const MAX_OPEN = 100_000;
const MAX_PAST = 2000;
/** Installations change rarely; the topology is worked out anew this often, ms. */
const TOPOLOGY_MS = 600_000;

/** Runs the outage detectors over what is committed and stores what they find. */
export class OutageWatch implements Watcher {
  readonly #store: OutageStore;
  readonly #settings: OutageSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #registry: RegistryIndex;
  readonly #quiet = new QuietMeters();
  /** Of the batch that was looked at last, with their places. */
  #quantities: readonly QuantityName[] = [];
  #places: SupplyPlaces = supplyPlaces([]);
  #topology: OutageTopology;
  #topologyUntil: number;
  #state: OutageState;

  private constructor(
    parts: { store: OutageStore; settings: OutageSettings; registry: RegistryIndex; clock: Clock; logger: Logger },
    state: OutageState,
  ) {
    this.#store = parts.store;
    this.#settings = parts.settings;
    this.#registry = parts.registry;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#topology = topologyAt(parts.registry, parts.clock.now());
    this.#topologyUntil = parts.clock.mono() + TOPOLOGY_MS;
    this.#state = state;
  }

  /** Takes up where the stored incidents left off. */
  static async open(parts: {
    store: OutageStore;
    settings: OutageSettings;
    registry: RegistryIndex;
    clock: Clock;
    logger: Logger;
  }): Promise<OutageWatch> {
    const open = await parts.store.list({ state: 'open', limit: MAX_OPEN });
    const past = await parts.store.list({ state: 'restored', limit: MAX_PAST });
    return new OutageWatch(parts, restoreState([...open, ...past]));
  }

  async watch(judged: Judged): Promise<void> {
    if (this.#clock.mono() >= this.#topologyUntil) {
      this.#topology = topologyAt(this.#registry, this.#clock.now());
      this.#topologyUntil = this.#clock.mono() + TOPOLOGY_MS;
    }
    const areas = this.#disturbed(judged);
    const evidence = this.#evidence(judged, areas);
    if (areas.size === 0) return;
    // What was heard before must be known before: evidence of one call is taken in the order of its own times.
    this.#state = this.#applied(this.#quiet.release(areas)).state;
    const { state, changed } = this.#applied(evidence);
    for (const outage of changed) {
      await this.#store.save(outage);
      this.#tell(outage);
    }
    this.#state = state;
    this.#quiet.learn(areas, state, this.#topology);
  }

  #applied(evidence: readonly Evidence[]): OutageStep {
    return applyEvidence(this.#state, evidence, this.#topology, this.#settings);
  }

  /** Tells the operator when supply is lost and when it is back; what else is learnt of it only at level debug. */
  #tell(outage: Outage): void {
    const { id, kind, node, nodeId, phase, meters, confidence } = outage;
    const fields = { outage: id, kind, node, nodeId, phase, meters: meters.length, confidence };
    const before = this.#state.areas.get(outage.area)?.incidents.find((known) => known.id === id);
    const isBack = outage.restoredAt !== null;
    if (!before) this.#logger.warn(fields, isBack ? 'supply was lost and is back' : 'supply is lost');
    else if (isBack && before.restoredAt === null) this.#logger.warn(fields, 'supply is back');
    else this.#logger.debug(fields, 'more is known of the outage');
  }

  /** Areas of which something is told that is out of the ordinary, or in which something is wrong already. */
  #disturbed({ taken, outcomes, events }: Judged): Set<string> {
    const areas = new Set<string>();
    const disturb = (meter: string): void => {
      const area = this.#topology.areaOf(meter);
      if (area !== null) areas.add(area);
    };
    for (const reading of taken) {
      const { id } = reading.meter;
      if (this.#quietMeter(id) === null || this.#ordinary(reading) === null) disturb(id);
    }
    for (const { meter } of outcomes) if (this.#quietMeter(meter) === null) disturb(meter);
    for (const event of events) if (evidenceOfEvent(event)) disturb(event.meter);
    return areas;
  }

  /**
   * The evidence of the disturbed areas. That of the others is held back, which may be done again when the same is
   * watched again: of each kind the newest moment counts.
   */
  #evidence({ taken, outcomes, events }: Judged, disturbed: ReadonlySet<string>): Evidence[] {
    const evidence: Evidence[] = [];
    const quietAmong = (meter: string): QuietMeter | null => {
      const quiet = this.#quietMeter(meter);
      return quiet && !disturbed.has(quiet.area ?? '') ? quiet : null;
    };
    for (const reading of taken) {
      const quiet = quietAmong(reading.meter.id);
      if (quiet) this.#hold(quiet, reading);
      else evidence.push(...this.#evidenceOf(reading));
    }
    for (const outcome of outcomes) {
      const found = evidenceOfOutcome(outcome);
      const quiet = found && quietAmong(outcome.meter);
      if (quiet) holdOutcome(quiet, found);
      else if (found) evidence.push(found);
    }
    return [...evidence, ...events.flatMap((event) => evidenceOfEvent(event) ?? [])];
  }

  #hold(quiet: QuietMeter, reading: TakenReading): void {
    const { model, task, row } = reading;
    quiet.answeredAt = Math.max(quiet.answeredAt, row.readAt);
    if (this.#ordinary(reading) === 'on') quiet.onAt = Math.max(quiet.onAt, momentOf(model, task, row));
  }

  #evidenceOf({ meter, model, task, slot, readAt, values }: TakenReading): Evidence[] {
    return evidenceOfReading({ meter: meter.id, slot, readAt, values }, model, task, this.#settings);
  }

  #quietMeter(id: string): QuietMeter | null {
    return this.#quiet.get(id, this.#topology);
  }

  #ordinary({ quantities, row, model }: TakenReading): ReturnType<typeof ordinarySupply> {
    if (quantities !== this.#quantities) {
      this.#quantities = quantities;
      this.#places = supplyPlaces(quantities);
    }
    return ordinarySupply(row.values, this.#places, model, this.#settings);
  }
}

/** An outcome is evidence of silence or of an answer. */
function holdOutcome(quiet: QuietMeter, { fact, at }: Evidence): void {
  if (fact === 'silent') quiet.silentAt = Math.max(quiet.silentAt, at);
  else quiet.answeredAt = Math.max(quiet.answeredAt, at);
}
