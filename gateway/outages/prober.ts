import { randomUUID } from 'node:crypto';
import { MAX_JOB_METERS } from '#contract/job.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Wish } from '#domain/outages/engine-types.ts';
import { evidenceOfOutcome } from '#domain/outages/evidence.ts';
import type { Clock } from '#platform/clock.ts';
import type { Job, JobResult, JobStore } from '#stores/job-store.ts';
import type { Engine } from './engine-port.ts';
import type { OutageObserver } from './outage-metrics.ts';

/** Who asked for the reads, in the list of jobs. */
export const PROBE_ASKER = 'outage-engine';

/** Whether there is supply, on which phases, and whether it is the relay; nothing that would take a slow line longer. */
export const PROBE_ITEMS = [
  'voltage_a_v',
  'voltage_b_v',
  'voltage_c_v',
  'relay_open',
  'on_battery',
] as const satisfies readonly QuantityName[];

export const PROBE_TIMEOUT_S = 30;
/** After this a read has ended without a word from its collector, as the centre ends it, ms. */
const GIVEN_UP_MS = (PROBE_TIMEOUT_S + 10) * 1000;
const MINUTE_MS = 60_000;

/** How many reads are made for incidents. */
export interface ProbeLimits {
  /** That have no ending yet. */
  readonly atOnce: number;
  readonly perMinute: number;
}

interface ProberParts {
  readonly jobs: Pick<JobStore, 'add' | 'open' | 'openMeters'>;
  readonly engine: Pick<Engine, 'wishes' | 'open'>;
  readonly limits: ProbeLimits;
  readonly observer: Pick<OutageObserver, 'probed'>;
  readonly clock: Clock;
}

/**
 * Makes live reads of what the engine wants to know, as jobs like those of people, and no meter twice at once. Their
 * results come back as evidence with all others. A read that the centre had to end itself, because the collector was
 * away or said nothing, is no silence of the meter: it is forgotten.
 */
export class Prober {
  readonly #parts: ProberParts;
  /** Reads on their way: until when, monotonic ms. */
  readonly #open = new Map<string, number>();
  /** Those of the last minute. */
  #sent: { readonly mono: number; readonly count: number }[] = [];
  /** What was wished for and had no room yet. */
  #waiting: Wish[] = [];

  constructor(parts: ProberParts) {
    this.#parts = parts;
  }

  /** Takes up what was on its way when the process ended before. Rejects as the store does. */
  async adopt(): Promise<void> {
    const { jobs, clock } = this.#parts;
    for (const job of await jobs.open()) {
      if (job.askedBy !== PROBE_ASKER) continue;
      const leftMs = Math.min(GIVEN_UP_MS, job.createdAt + GIVEN_UP_MS - clock.now());
      for (const meter of await jobs.openMeters(job.id)) this.#open.set(meter, clock.mono() + leftMs);
    }
  }

  /** Any live read tells of its meter, whoever asked for it. */
  heard(results: readonly Pick<JobResult, 'meter' | 'readAt' | 'reason'>[]): void {
    const { observer } = this.#parts;
    for (const { meter, readAt, reason } of results) {
      if (!this.#open.delete(meter)) continue;
      const fact = reason === null ? 'answered' : evidenceOfOutcome({ meter, at: readAt, reason })?.fact;
      observer.probed(fact === 'silent' ? 'silent' : fact === undefined ? 'nothing' : 'answered', 1);
    }
  }

  /** Asks for as much as there is room for. Rejects as the store does; what it did not take is asked for again. */
  async tick(): Promise<void> {
    const { engine, clock } = this.#parts;
    this.#giveUp();
    if (this.#room() <= 0) return;
    if (this.#waiting.length > 0) this.#dropClosed();
    if (this.#waiting.length === 0) this.#waiting = [...engine.wishes(clock.now())];
    for (let [wish] = this.#waiting; wish && this.#room() > 0; [wish] = this.#waiting) {
      const meters = wish.meters.filter((meter) => !this.#open.has(meter));
      const some = meters.slice(0, Math.min(this.#room(), MAX_JOB_METERS));
      if (some.length > 0) await this.#send(some);
      const left = meters.slice(some.length);
      this.#waiting.shift();
      if (left.length > 0) this.#waiting.unshift({ ...wish, meters: left });
    }
  }

  async #send(meters: readonly string[]): Promise<void> {
    const { jobs, clock, observer } = this.#parts;
    const job: Job = {
      id: randomUUID(),
      kind: 'instant',
      items: PROBE_ITEMS,
      slot: null,
      askedBy: PROBE_ASKER,
      idempotencyKey: null,
      requestDigest: '',
      createdAt: clock.now(),
      timeoutS: PROBE_TIMEOUT_S,
    };
    const mono = clock.mono();
    // Before the store has it: its results may be here before the store has told of it.
    for (const meter of meters) this.#open.set(meter, mono + GIVEN_UP_MS);
    try {
      await jobs.add(job, meters);
    } catch (err) {
      for (const meter of meters) this.#open.delete(meter);
      throw err;
    }
    this.#sent.push({ mono, count: meters.length });
    observer.probed('sent', meters.length);
  }

  #room(): number {
    const { limits } = this.#parts;
    const sent = this.#sent.reduce((sum, { count }) => sum + count, 0);
    return Math.min(limits.atOnce - this.#open.size, limits.perMinute - sent);
  }

  #giveUp(): void {
    const { clock, observer } = this.#parts;
    const mono = clock.mono();
    this.#sent = this.#sent.filter((sent) => mono - sent.mono < MINUTE_MS);
    for (const [meter, until] of this.#open) {
      if (until > mono) continue;
      this.#open.delete(meter);
      observer.probed('nothing', 1);
    }
  }

  /** Nobody wants to know any more of what is over. */
  #dropClosed(): void {
    const open = new Set([...this.#parts.engine.open()].map(({ id }) => id));
    this.#waiting = this.#waiting.filter(({ outage }) => open.has(outage));
  }
}
