import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { Job, JobRead, JobResult, JobState, Retry, StoredJob } from '../job-store.ts';
import type { StateTables } from './tables.ts';

export function rowOf(job: Job): StateTables['job'] {
  return {
    id: job.id,
    kind: job.kind,
    items_json: JSON.stringify(job.items),
    slot: job.slot,
    asked_by: job.askedBy,
    idempotency_key: job.idempotencyKey,
    request_digest: job.requestDigest,
    created_at: job.createdAt,
    timeout_s: job.timeoutS,
    state: 'queued',
    closed_at: null,
    task: job.retry?.task ?? null,
    parent: job.portionOf ?? null,
    estimate_s: job.retry?.estimateS ?? null,
    rejected_json: job.retry ? JSON.stringify(job.retry.rejected) : null,
  };
}

export function jobOf(row: StateTables['job']): StoredJob {
  return {
    id: row.id,
    kind: row.kind as TaskKind,
    items: JSON.parse(row.items_json) as QuantityName[],
    slot: row.slot,
    askedBy: row.asked_by,
    idempotencyKey: row.idempotency_key,
    requestDigest: row.request_digest,
    createdAt: row.created_at,
    timeoutS: row.timeout_s,
    state: row.state as JobState,
    closedAt: row.closed_at,
    ...(row.task !== null && {
      retry: {
        task: row.task,
        estimateS: row.estimate_s ?? 0,
        rejected: JSON.parse(row.rejected_json ?? '[]') as Retry['rejected'],
      },
    }),
    ...(row.parent !== null && { portionOf: row.parent }),
  };
}

export function readOf(row: StateTables['job_read']): JobRead {
  const { meter, told_by, slot, meter_time, read_at, values_json, reason, detail } = row;
  if (told_by === null || slot === null || read_at === null) return { meter, result: null };
  return {
    meter,
    result: {
      slot,
      meterTime: meter_time,
      readAt: read_at,
      values: values_json === null ? null : (JSON.parse(values_json) as NonNullable<JobResult['values']>),
      reason: reason as Reason | null,
      detail,
    },
  };
}
