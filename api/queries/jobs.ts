import type { Static } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { JobCounts, StoredJob } from '#stores/job-store.ts';
import { ApiProblem } from '../errors.ts';
import type { Kit } from '../routes/route-kit.ts';
import type { JobShape } from '../schemas/jobs.ts';
import { shown } from './collection.ts';

/** Rejected meters that the answer names; their number is always told. */
const MOST_REJECTED = 100;

/** The store is being made, updated, or busy with another process: nothing was written. */
export function notNow(error: unknown): never {
  if (!(error instanceof MeterwayError) || error.next !== 'retry') throw error;
  throw new ApiProblem('not_ready', 'the job cannot be stored right now; send the request again');
}

export async function jobById({ state }: Kit, id: string): Promise<{ job: StoredJob; counts: JobCounts }> {
  const found = await state.jobs.get(id);
  if (found) return found;
  throw new ApiProblem('unknown_job', `no job has the id ${id}; jobs are kept for 30 days`);
}

export async function jobShape(
  kit: Kit,
  { registry: { timeZone } }: RegistryIndex,
  { job, counts }: { job: StoredJob; counts: JobCounts },
): Promise<Static<typeof JobShape>> {
  const { id, state, kind, items, timeoutS, askedBy, createdAt, retry } = job;
  return {
    id,
    state,
    counts: {
      queried: counts.asked,
      responded: counts.answered,
      failed: counts.failed,
      pending: counts.open,
      rejected: retry?.rejected.length ?? 0,
    },
    task: retry?.task ?? null,
    estimateS: retry?.estimateS ?? null,
    rejected: (retry?.rejected ?? []).slice(0, MOST_REJECTED).map((each) => ({ ...each })),
    kind,
    items: [...items],
    slot: shown(timeZone, job.slot),
    timeoutS,
    askedBy,
    createdAt: shown(timeZone, createdAt) ?? '',
    deadlineAt: shown(timeZone, createdAt + timeoutS * 1000) ?? '',
    closedAt: shown(timeZone, job.closedAt),
    ...(await kit.site.stamp()),
  };
}
