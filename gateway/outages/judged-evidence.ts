import type { QuantityName } from '#contract/quantities.ts';
import { momentOf } from '#domain/moment.ts';
import { evidenceOfEvent, evidenceOfOutcome, evidenceOfReading } from '#domain/outages/evidence.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { ordinarySupply, type SupplyPlaces, supplyPlaces } from '#domain/outages/ordinary-supply.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { JobResult, JobStore } from '#stores/job-store.ts';
import type { Judged } from '../ingest/judge.ts';
import type { TakenReading } from '../ingest/taken-reading.ts';
import type { Engine } from './engine-port.ts';
import { JobKinds } from './job-kinds.ts';

type Seen = Pick<Judged, 'taken' | 'outcomes' | 'events' | 'jobResults'>;

/**
 * What a group that was judged says of supply. Nearly all of it is a meter whose phases all have voltage: that goes to
 * the engine at once, as a meter and a moment, and nothing is made of it. It makes no difference when the same is handed
 * over again.
 */
export class JudgedEvidence {
  readonly #registry: RegistryIndex;
  readonly #settings: Pick<OutageSettings, 'offShare' | 'onShare'>;
  readonly #kinds: JobKinds;
  /** Of the batch that was looked at last, with their places. */
  #quantities: readonly QuantityName[] = [];
  #places: SupplyPlaces = supplyPlaces([]);

  constructor(
    registry: RegistryIndex,
    settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
    jobs: Pick<JobStore, 'get'>,
  ) {
    this.#registry = registry;
    this.#settings = settings;
    this.#kinds = new JobKinds(jobs);
  }

  /** Tells the engine of ordinary supply, and returns the rest. Rejects as the store of jobs does. */
  async of({ taken, outcomes, events, jobResults }: Seen, engine: Pick<Engine, 'ordinary'>): Promise<Evidence[]> {
    // First of all: what rejects must not do so when half is told.
    if (jobResults.length > 0) await this.#kinds.learn(jobResults);
    const evidence: Evidence[] = [];
    for (const reading of taken) this.#reading(reading, engine, evidence);
    for (const outcome of outcomes) {
      const found = evidenceOfOutcome(outcome);
      if (found) evidence.push(found);
    }
    for (const event of events) {
      const found = evidenceOfEvent(event);
      if (found) evidence.push(found);
    }
    for (const result of jobResults) evidence.push(...this.#result(result));
    return evidence;
  }

  #reading(reading: TakenReading, engine: Pick<Engine, 'ordinary'>, evidence: Evidence[]): void {
    const { model, task, row, quantities } = reading;
    if (quantities !== this.#quantities) {
      this.#quantities = quantities;
      this.#places = supplyPlaces(quantities);
    }
    const { meter, readAt } = row;
    const supply = ordinarySupply(row.values, this.#places, model, this.#settings);
    if (supply === null) {
      const { slot, values } = reading;
      evidence.push(...evidenceOfReading({ meter, slot, readAt, values }, model, task, this.#settings));
      return;
    }
    const at = supply === 'on' ? momentOf(model, task, row) : null;
    if (at !== null) engine.ordinary(meter, at);
    if (at !== readAt) evidence.push({ fact: 'answered', meter, at: readAt, seenAt: readAt });
  }

  /** What a live read says. A job of which nobody knows the kind says only that the meter answered. */
  #result({ job, meter, slot, readAt, values, reason }: JobResult): readonly Evidence[] {
    if (reason !== null) {
      const found = evidenceOfOutcome({ meter, at: readAt, reason });
      return found ? [found] : [];
    }
    const known = this.#registry.meter(meter);
    const model = known && this.#registry.modelOf(known);
    const kind = this.#kinds.of(job);
    if (model && kind && values) {
      return evidenceOfReading({ meter, slot, readAt, values }, model, { kind }, this.#settings);
    }
    return [{ fact: 'answered', meter, at: readAt, seenAt: readAt }];
  }
}
