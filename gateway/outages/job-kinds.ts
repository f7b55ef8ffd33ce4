import type { TaskKind } from '#contract/tasks.ts';
import type { JobResult, JobStore } from '#stores/job-store.ts';

/** Jobs whose kind is remembered; more are asked for again. */
const MOST = 1000;

/**
 * Which kind of reads a job is: it decides at what moment its values were true, and a result does not say it. Null of a
 * job that nobody knows any more.
 */
export class JobKinds {
  readonly #jobs: Pick<JobStore, 'get'>;
  readonly #kinds = new Map<string, TaskKind | null>();

  constructor(jobs: Pick<JobStore, 'get'>) {
    this.#jobs = jobs;
  }

  /** Asks the store for those that are not known yet; rejects as the store does. */
  async learn(results: readonly Pick<JobResult, 'job'>[]): Promise<void> {
    for (const { job } of results) {
      if (this.#kinds.has(job)) continue;
      const found = await this.#jobs.get(job);
      if (this.#kinds.size >= MOST) this.#kinds.clear();
      this.#kinds.set(job, found?.job.kind ?? null);
    }
  }

  of(job: string): TaskKind | null {
    return this.#kinds.get(job) ?? null;
  }
}
