import { randomUUID } from 'node:crypto';
import { MAX_JOB_METERS } from '#contract/job.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { JobStore, StoredJob } from '#stores/job-store.ts';

/**
 * Reads of a retry that a line has before it at a time. Few enough that the line's own work gets its turns in between,
 * enough that it need not wait for the next portion.
 */
const PORTION = 20;
/** A new portion is handed out when no more than this is left of the last one. */
const LOW = 5;
/** Twenty reads with three attempts each on a slow line, s. */
const PORTION_TIMEOUT_S = 300;

interface RetryParts {
  readonly jobs: Pick<JobStore, 'openRetries' | 'openMeters' | 'retriedNow' | 'add' | 'started' | 'end'>;
  readonly registry: RegistryIndex;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Hands retries (补抄) to the lines in portions, as jobs of their own, so that thousands of reads neither hold up what a
 * line has to do by schedule nor get lost when a process ends: the store alone knows how far each has come.
 */
export class RetryDispatch {
  readonly #parts: RetryParts;

  constructor(parts: RetryParts) {
    this.#parts = parts;
  }

  /** Looks what there is to do; to be called every second or so. */
  async tick(): Promise<void> {
    const { jobs, clock } = this.#parts;
    for (const retry of await jobs.openRetries()) {
      if (clock.now() >= retry.createdAt + retry.timeoutS * 1000) await this.#end(retry);
      else await this.#advance(retry);
    }
  }

  async #advance(retry: StoredJob): Promise<void> {
    const { jobs } = this.#parts;
    const open = await jobs.openMeters(retry.id);
    const now = new Set(await jobs.retriedNow(retry.id));
    const atWork = new Map<string, number>();
    for (const meter of now) {
      const line = this.#lineOf(meter);
      atWork.set(line, (atWork.get(line) ?? 0) + 1);
    }
    const portions = new Map<string, string[]>();
    const waiting = Map.groupBy(
      open.filter((meter) => !now.has(meter)),
      (meter) => this.#lineOf(meter),
    );
    for (const [line, meters] of waiting) {
      const busy = atWork.get(line) ?? 0;
      if (busy > LOW) continue;
      const collector = this.#parts.registry.line(line)?.collector ?? '';
      portions.set(collector, [...(portions.get(collector) ?? []), ...meters.slice(0, PORTION - busy)]);
    }
    for (const meters of portions.values()) {
      for (let i = 0; i < meters.length; i += MAX_JOB_METERS) {
        await this.#handOut(retry, meters.slice(i, i + MAX_JOB_METERS));
      }
    }
  }

  async #handOut(retry: StoredJob, meters: readonly string[]): Promise<void> {
    const { jobs, clock } = this.#parts;
    const { kind, items, slot, askedBy, retry: of } = retry;
    if (!of) throw new Error(`BUG: job ${retry.id} is no retry`);
    const id = randomUUID();
    await jobs.add(
      {
        ...{ id, kind, items, slot, askedBy, idempotencyKey: null, requestDigest: '' },
        ...{ createdAt: clock.now(), timeoutS: PORTION_TIMEOUT_S, portionOf: retry.id },
        retry: { task: of.task, estimateS: 0, rejected: [] },
      },
      meters,
    );
    await jobs.started(retry.id);
  }

  async #end(retry: StoredJob): Promise<void> {
    const { jobs, clock, logger } = this.#parts;
    const now = clock.now();
    const meters = await jobs.openMeters(retry.id);
    const detail = 'the time for the retry is over';
    const ending = { slot: retry.slot ?? retry.createdAt, meterTime: null, readAt: now, values: null, detail };
    const results = meters.map((meter) => ({ job: retry.id, meter, reason: 'deadline_missed' as const, ...ending }));
    await jobs.end(results, 'centre', now);
    logger.info({ job: retry.id, reads: meters.length }, 'a retry is over; what was not read in time is given up');
  }

  #lineOf(meter: string): string {
    return this.#parts.registry.meter(meter)?.line ?? '';
  }
}
