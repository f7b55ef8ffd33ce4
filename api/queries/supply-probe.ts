import { createHash, randomUUID } from 'node:crypto';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import { AT_ONE_LOOK } from '#contract/job.ts';
import type { Meter } from '#contract/registry.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { type Heard, neighbourState } from '#domain/triage/neighbour-supply.ts';
import { MOST_NEIGHBOURS, neighboursOf } from '#domain/triage/neighbours.ts';
import type { Clock } from '#platform/clock.ts';
import type { Job, JobRead, StoredJob } from '#stores/job-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';
import type { PROBE_PHASES } from '../schemas/supply.ts';
import { notNow } from './jobs.ts';
import { type Asked, isAnswer, phaseOf, probedBy, type StepDue, stepsOf } from './probe-steps.ts';
import type { SupplyQuery, SupplyStatus } from './supply.ts';

/** A caller waits no longer for the meter, nor for its neighbours, s. */
const OWN_S = 20;
const NEIGHBOURS_S = 30;
const MOST_STEPS = 100;

interface Parts {
  readonly state: Pick<StateStore, 'jobs' | 'events'>;
  readonly supply: SupplyQuery;
  readonly clock: Clock;
  readonly settings: Pick<OutageSettings, 'offShare' | 'onShare'>;
}

export interface Asker {
  readonly keyId: string;
  readonly idempotencyKey: string | null;
}

/** One step of a probe, as it was told. */
export interface ProbeStep {
  readonly at: number;
  readonly step: string;
  readonly meter: string | null;
  readonly state: string | null;
  readonly ageS: number | null;
}

export interface ProbeView {
  readonly id: string;
  readonly state: (typeof PROBE_PHASES)[number];
  readonly steps: readonly ProbeStep[];
  readonly supply: SupplyStatus;
  readonly changed: boolean;
}

interface Standing {
  readonly job: StoredJob;
  readonly own: Asked;
  /** Null while none are asked. */
  readonly neighbours: readonly Asked[] | null;
}

/**
 * A live read of a meter on the telephone, and of its neighbours when it is silent. A probe is nothing but its jobs and
 * the events that told its steps: whoever asks works out where it stands and does what is next, so any process may
 * answer and go on with it. Two processes that do so at once may tell a step twice.
 */
export class SupplyProbes {
  readonly #parts: Parts;
  /** By probe, the end of what is being done for it. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Asks the meter; the same asker with the same name of the request gets the probe from before. */
  async start(index: RegistryIndex, meter: Meter, asker: Asker, now: SupplyStatus): Promise<string> {
    const { state, clock } = this.#parts;
    const job: Job = { ...this.#job(asker, `probe ${meter.id}`, OWN_S), id: probeId(asker) };
    const earlier = await state.jobs.get(job.id);
    if (earlier) return sameRequest(earlier.job, job);
    try {
      const stored = await state.jobs.add(job, [meter.id]);
      if (stored.id !== job.id) return sameRequest(stored, job);
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      const meanwhile = await state.jobs.get(job.id);
      return meanwhile ? sameRequest(meanwhile.job, job) : notNow(error);
    }
    const first = { step: 'asked', meter, state: now.triage.verdict };
    await state.events.tell([this.#step(index, job.id, first)], clock.now());
    return job.id;
  }

  /** Where a probe stands now, after doing what was next; null when there is no such probe. One at a time for each. */
  async advance(index: RegistryIndex, id: string): Promise<ProbeView | null> {
    const before = this.#turns.get(id);
    const turn = (before ?? Promise.resolve()).then(() => this.#advance(index, id));
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#turns.set(id, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    }
  }

  async #advance(index: RegistryIndex, id: string): Promise<ProbeView | null> {
    const standing = await this.#standing(index, id);
    if (!standing) return null;
    const steps = await this.#steps(id);
    const neighbours = await this.#askAround(index, standing);
    const { own } = standing;
    const now = this.#parts.clock.now();
    const phase = phaseOf(own, neighbours);
    const found = await this.#parts.supply.of(index, own.meter, probedBy(own, neighbours, now));
    const { verdict } = found.triage;
    const first = steps.find(({ step }) => step === 'asked')?.state ?? null;
    const changed = first !== null && first !== verdict;
    const due = stepsOf(own, neighbours, now);
    if (phase === 'done') due.push({ step: 'done', meter: own.meter, state: verdict });
    const fresh = due.filter((each) => !steps.some((told) => told.step === each.step && told.meter === each.meter.id));
    const events = fresh.map((each) => this.#step(index, id, each));
    if (changed && fresh.some(({ step }) => step === 'done')) {
      events.push(this.#changed(index, id, own.meter, { from: first, to: verdict }));
    }
    if (events.length > 0) await this.#parts.state.events.tell(events, now);
    return { id, state: phase, supply: found, changed, steps: events.length > 0 ? await this.#steps(id) : steps };
  }

  /** Asks the neighbours of a meter that gave no answer, once. */
  async #askAround(index: RegistryIndex, { job, own, neighbours }: Standing): Promise<readonly Asked[] | null> {
    if (neighbours || !own.heard || isAnswer(own.heard.from)) return neighbours;
    const { state, clock } = this.#parts;
    const near = neighboursOf(index, own.meter, clock.now());
    if (near.length === 0) return [];
    const asker = { keyId: job.askedBy, idempotencyKey: null };
    const next: Job = { ...this.#job(asker, `neighbours ${job.id}`, NEIGHBOURS_S), id: aroundId(job.id) };
    await state.jobs
      .add(
        next,
        near.map(({ id }) => id),
      )
      .catch(async (error: unknown) => {
        // Another process may have asked them meanwhile.
        if (!(await state.jobs.get(next.id))) throw error;
      });
    return near.map((meter) => ({ meter, heard: null }));
  }

  async #standing(index: RegistryIndex, id: string): Promise<Standing | null> {
    const { jobs } = this.#parts.state;
    const found = await jobs.get(id);
    const [read] = found ? await jobs.reads(id, 1, '') : [];
    if (!found || !read || found.job.requestDigest !== digestOf(`probe ${read.meter}`)) return null;
    const own = this.#asked(index, read);
    if (!own) return null;
    const around = await jobs.reads(aroundId(id), MOST_NEIGHBOURS, '');
    const neighbours = around.flatMap((each) => this.#asked(index, each) ?? []);
    return { job: found.job, own, neighbours: around.length > 0 ? neighbours : null };
  }

  #asked(index: RegistryIndex, { meter: id, result }: JobRead): Asked | null {
    const meter = index.meter(id);
    const model = meter && index.modelOf(meter);
    if (!meter || !model) return null;
    if (!result) return { meter, heard: null };
    const { readAt: at, values, reason } = result;
    const isSilent = reason === 'no_answer' || reason === 'skipped_breaker';
    const from: Heard = values ? { at, values } : { at, isSilent };
    return { meter, heard: { at, from, reason, state: neighbourState(model, from, this.#parts.settings) } };
  }

  async #steps(id: string): Promise<ProbeStep[]> {
    const told = await this.#parts.state.events.after(0, MOST_STEPS, { subject: id, types: ['probe.step.v1'] });
    return told.map(({ at, data }) => ({
      at,
      step: String(data['step']),
      meter: textOf(data['meter']),
      state: textOf(data['state']),
      ageS: typeof data['ageS'] === 'number' ? data['ageS'] : null,
    }));
  }

  #step(index: RegistryIndex, id: string, { meter, ...told }: StepDue): NewCentreEvent {
    const { district } = index.placeOf(meter);
    const at = this.#parts.clock.now();
    const data = { ...told, meter: meter.id };
    return { type: 'probe.step.v1', at, district, subject: id, evidenceAt: null, data };
  }

  #changed(index: RegistryIndex, probe: string, meter: Meter, verdict: { from: string; to: string }): NewCentreEvent {
    const { district } = index.placeOf(meter);
    const at = this.#parts.clock.now();
    return {
      type: 'supply.changed.v1',
      at,
      district,
      subject: meter.id,
      evidenceAt: null,
      data: { probe, ...verdict },
    };
  }

  #job({ keyId, idempotencyKey }: Asker, said: string, timeoutS: number): Omit<Job, 'id'> {
    return {
      kind: 'instant',
      items: AT_ONE_LOOK,
      slot: null,
      askedBy: keyId,
      idempotencyKey,
      requestDigest: digestOf(said),
      createdAt: this.#parts.clock.now(),
      timeoutS,
    };
  }
}

/** The same for the same asker and name of a request. */
export function probeId({ keyId, idempotencyKey }: Asker): string {
  return idempotencyKey === null ? randomUUID() : digestOf(JSON.stringify([keyId, idempotencyKey])).slice(0, 32);
}

/** Throws `idempotency_conflict` when the name was used for another meter, or for something else. */
function sameRequest(stored: Job, { id, requestDigest }: Job): string {
  if (stored.requestDigest === requestDigest) return id;
  throw new ApiProblem('idempotency_conflict', 'the Idempotency-Key was used for another meter; use a new one');
}

function aroundId(id: string): string {
  return `${id}-n`;
}

function digestOf(said: string): string {
  return createHash('sha256').update(said).digest('hex');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
