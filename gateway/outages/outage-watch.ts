import type { Outage } from '#contract/outage.ts';
import { applyEvidence } from '#domain/outages/apply-evidence.ts';
import { type Evidence, evidenceOfEvent, evidenceOfOutcome, evidenceOfReading } from '#domain/outages/evidence.ts';
import { type OutageState, restoreState } from '#domain/outages/outage-state.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import { type OutageTopology, topologyAt } from '#domain/outages/topology.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { OutageStore } from '#stores/state-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged } from '../ingest/judge.ts';

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
    const { state, changed } = applyEvidence(this.#state, this.#evidence(judged), this.#topology, this.#settings);
    for (const outage of changed) {
      await this.#store.save(outage);
      this.#tell(outage);
    }
    this.#state = state;
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

  #evidence({ taken, outcomes, events }: Judged): Evidence[] {
    const evidence: Evidence[] = [];
    for (const { meter, model, task, slot, readAt, values } of taken) {
      evidence.push(...evidenceOfReading({ meter: meter.id, slot, readAt, values }, model, task, this.#settings));
    }
    for (const outcome of outcomes) {
      const found = evidenceOfOutcome(outcome);
      if (found) evidence.push(found);
    }
    for (const event of events) {
      const found = evidenceOfEvent(event);
      if (found) evidence.push(found);
    }
    return evidence;
  }
}
