import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { JobStore } from '#stores/job-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged } from '../ingest/judge.ts';

/**
 * Writes what collectors tell of jobs where the asker looks for it. Before the ack, so that a result is told again
 * until it is stored; telling it again changes nothing. Rows of a job that is not known here, such as one that was
 * forgotten long ago, have no reader: they are passed over, and acknowledged.
 */
export class JobResults implements Watcher {
  readonly #jobs: Pick<JobStore, 'end'>;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(jobs: Pick<JobStore, 'end'>, clock: Clock, logger: Logger) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
  }

  async watch({ jobResults }: Pick<Judged, 'jobResults'>): Promise<void> {
    if (jobResults.length === 0) return;
    const changed = await this.#jobs.end(jobResults, 'collector', this.#clock.now());
    const repeated = jobResults.length - changed;
    if (repeated > 0)
      this.#logger.debug({ rows: repeated }, 'results of jobs that were told before, or nobody asked for');
  }
}
